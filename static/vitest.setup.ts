import { beforeEach } from 'vitest';

// What happy-dom leaves out or does only halfway, and the page's own code asks for.
class SilentResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver ??= SilentResizeObserver;

globalThis.matchMedia ??= (query: string): MediaQueryList =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => {},
    removeEventListener: () => {},
    addListener: () => {},
    removeListener: () => {},
    dispatchEvent: () => false,
  }) satisfies MediaQueryList;

// Files share a document: each test finds it empty, whatever the one before it has left there.
beforeEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
});
