/** How the nodes are shown: kept while the page is, so that another view or the presenter mode finds them as they were left. */
class Shown {
  /** Undefined until somebody chooses: by the number of nodes. */
  as = $state<'bars' | 'heat' | undefined>();
  /** Beside a heat map only when somebody wants it. */
  explained = $state(false);
}

export const shown = new Shown();
