/** Which dialog is open. One at a time. */
export type DialogName = 'submit' | 'keys' | 'runs' | 'taint' | 'add-node' | 'compare' | 'node-pool' | 'autoscaler' | 'descheduler';

export interface Opened {
  name: DialogName;
  /** A tab for "submit", a node for "taint", a pool for "node-pool". */
  subject?: string;
}

class Dialogs {
  opened = $state.raw<Opened | null>(null);

  open(name: DialogName, subject?: string): void {
    this.opened = { name, subject };
  }

  close(): void {
    this.opened = null;
  }
}

export const dialogs = new Dialogs();
