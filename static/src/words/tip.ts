/**
 * One sentence beside the thing it explains, on hover after 300 ms and on focus at once.
 *
 * The sentence hangs in the top layer, so that no panel clips it, and is the description of its host for those who
 * hear the page. Escape closes it; a pointer may rest on it.
 */
import type { Attachment } from 'svelte/attachments';
import './tip.css';

const DELAY_MS = 300;
const GAP_PX = 6;
const MARGIN_PX = 8;

let shared: HTMLElement | undefined;
let owner: Element | undefined;
let leaving: ReturnType<typeof setTimeout> | undefined;

function bubble(): HTMLElement {
  if (shared?.isConnected) return shared;
  shared = document.createElement('div');
  shared.className = 'tip-bubble';
  shared.id = 'tip-bubble';
  shared.setAttribute('role', 'tooltip');
  shared.setAttribute('popover', 'manual');
  shared.addEventListener('mouseenter', () => clearTimeout(leaving));
  shared.addEventListener('mouseleave', () => hide());
  document.body.append(shared);
  return shared;
}

/** Where a box of this size goes beside its host: below, or above where there is no room below. */
export function place(
  host: { left: number; top: number; bottom: number },
  size: { width: number; height: number },
  view: { width: number; height: number },
): { left: number; top: number } {
  const left = Math.max(MARGIN_PX, Math.min(host.left, view.width - size.width - MARGIN_PX));
  const below = host.bottom + GAP_PX;
  const fits = below + size.height + MARGIN_PX <= view.height;
  return { left, top: fits ? below : Math.max(MARGIN_PX, host.top - GAP_PX - size.height) };
}

function reveal(host: Element, text: string): void {
  const box = bubble();
  clearTimeout(leaving);
  if (owner !== host) hide();
  owner = host;
  box.textContent = text;
  box.showPopover?.();
  const at = place(host.getBoundingClientRect(), box.getBoundingClientRect(), {
    width: window.innerWidth,
    height: window.innerHeight,
  });
  box.style.left = `${at.left}px`;
  box.style.top = `${at.top}px`;
  host.setAttribute('aria-describedby', box.id);
}

function hide(): void {
  owner?.removeAttribute('aria-describedby');
  owner = undefined;
  if (shared?.matches(':popover-open')) shared.hidePopover();
}

export function tip(text: () => string | undefined): Attachment<HTMLElement> {
  return (host) => {
    let pending: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      const sentence = text();
      if (sentence) reveal(host, sentence);
    };
    const enter = () => {
      clearTimeout(pending);
      pending = setTimeout(show, DELAY_MS);
    };
    const leave = () => {
      clearTimeout(pending);
      if (owner === host) leaving = setTimeout(hide, 120);
    };
    const close = () => {
      clearTimeout(pending);
      if (owner === host) hide();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && owner === host) {
        close();
        event.stopPropagation();
      }
    };
    host.addEventListener('mouseenter', enter);
    host.addEventListener('mouseleave', leave);
    host.addEventListener('focus', show);
    host.addEventListener('blur', close);
    host.addEventListener('keydown', escape);
    return () => {
      close();
      host.removeEventListener('mouseenter', enter);
      host.removeEventListener('mouseleave', leave);
      host.removeEventListener('focus', show);
      host.removeEventListener('blur', close);
      host.removeEventListener('keydown', escape);
    };
  };
}
