/**
 * For buttons that command: of a double click only the first click counts, so that nothing is rolled out twice, and
 * what was killed is not started by the second click on the button that took its place. Keys give single clicks.
 */
export const once = (run: () => unknown) => (event: MouseEvent): void => {
  if (event.detail < 2) run();
};
