let waiting: (() => void)[] = [];
let line: MessageChannel | undefined;

/** Called from work before a picture: `then` runs when the browser has laid it out and painted it, whatever the rate of pictures is. */
export function afterPicture(then: () => void): void {
  if (line === undefined) {
    line = new MessageChannel();
    line.port1.onmessage = () => {
      const due = waiting;
      waiting = [];
      for (const one of due) one();
    };
  }
  if (waiting.push(then) === 1) line.port2.postMessage(null);
}
