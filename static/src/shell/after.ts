type Job = (atMs: number) => void;

let waiting: Job[] = [];
let line: MessageChannel | undefined;

/** Called from work before a picture: `then` runs when the browser has laid it out and painted it, whatever the rate of pictures is; it gets the time at which it was. */
export function afterPicture(then: Job): void {
  if (line === undefined) {
    line = new MessageChannel();
    line.port1.onmessage = () => {
      const due = waiting;
      waiting = [];
      const atMs = performance.now();
      for (const one of due) one(atMs);
    };
  }
  if (waiting.push(then) === 1) line.port2.postMessage(null);
}
