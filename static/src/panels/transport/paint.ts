import type { Landmark } from '../../history/types';
import type { Colours } from '../map/colours';
import type { Band } from './bands';
import type { BarScene, Block, Span, Tone, Word } from './scene';

const INK: Readonly<Record<Tone, keyof Colours>> = { bad: 'bad', accent: 'accent-ink', plain: 'ink-2', faint: 'ink-3' };

export interface BarLook {
  width: number;
  unit: number;
  hover: number | null;
  bands: readonly Band[];
}

/** The bar: words above, blocks and ticks, the cursor, words below. 62 px high at unit 1. */
export function paintBar(g: CanvasRenderingContext2D, colours: Colours, scene: BarScene, look: BarLook): void {
  const u = look.unit;
  g.clearRect(0, 0, look.width, 64 * u);
  g.fillStyle = colours['surface-3'];
  g.globalAlpha = 0.55;
  g.beginPath();
  g.roundRect(0, 30 * u, look.width, 12 * u, 2);
  g.fill();
  g.globalAlpha = 1;
  for (const block of scene.blocks) paintBlock(g, colours, block, u);
  for (const band of look.bands) {
    g.fillStyle = (colours as Readonly<Record<string, string>>)[band.band] || colours.bad;
    g.fillRect(band.x, (43.5 + 3.5 * band.lane) * u, band.width, 2.5 * u);
  }
  for (const mark of scene.marks) {
    const faint = mark.tone === 'faint';
    g.fillStyle = colours[INK[mark.tone]];
    g.fillRect(mark.x - (faint ? 0.6 : 1), (faint ? 25 : 22) * u, (faint ? 1.2 : 2) * u, (faint ? 5 : 23) * u);
  }
  for (const word of scene.words) paintWord(g, colours, word, u);
  if (look.hover !== null) {
    g.fillStyle = colours['ink-3'];
    g.fillRect(look.hover - 0.5, 26 * u, 1, 20 * u);
  }
  paintCursor(g, colours, scene, u);
}

function paintBlock(g: CanvasRenderingContext2D, colours: Colours, block: Block, u: number): void {
  const [y, h] = [30 * u, 12 * u];
  g.globalAlpha = block.ahead ? 0.4 : 1;
  if (block.kind === 'leaderless') {
    g.save();
    g.beginPath();
    g.rect(block.x, y, block.width, h);
    g.clip();
    g.fillStyle = colours['bad-soft'];
    g.fill();
    g.beginPath();
    const step = 6 * Math.SQRT2 * u;
    for (let x = Math.floor((block.x - h) / step) * step; x < block.x + block.width; x += step) {
      g.moveTo(x, y + h);
      g.lineTo(x + h, y);
    }
    g.strokeStyle = colours.bad;
    g.globalAlpha *= 0.75;
    g.lineWidth = 2 * u;
    g.stroke();
    g.restore();
  } else {
    g.fillStyle = colours[block.kind === 'now' ? 'accent' : 'line-strong'];
    g.fillRect(block.x, y, Math.max(0, block.width - 1), h);
  }
  g.globalAlpha = 1;
}

function paintWord(g: CanvasRenderingContext2D, colours: Colours, word: Word, u: number): void {
  const time = word.row === 'below' && word.tone === 'faint';
  g.font = barFont(colours, u, time ? 400 : word.tone === 'plain' ? 500 : 700, time);
  g.textAlign = 'left';
  g.textBaseline = 'alphabetic';
  g.fillStyle = colours[INK[word.tone]];
  g.fillText(word.text, word.x, (word.row === 'above' ? 17 : 58) * u);
}

export function barFont(colours: Colours, u: number, weight: number, data = false): string {
  return `${weight} ${12 * u}px ${colours[data ? 'font-data' : 'font-ui']}`;
}

/** Live: a gold disc. In the past: hollow. */
function paintCursor(g: CanvasRenderingContext2D, colours: Colours, scene: BarScene, u: number): void {
  g.strokeStyle = colours.ink;
  g.lineWidth = 2.4 * u;
  g.lineCap = 'round';
  g.beginPath();
  g.moveTo(scene.cursorX, 21 * u);
  g.lineTo(scene.cursorX, 51 * u);
  g.stroke();
  g.beginPath();
  g.arc(scene.cursorX, 36 * u, 7.5 * u, 0, 2 * Math.PI);
  g.fillStyle = scene.live ? colours.accent : colours.surface;
  g.fill();
  g.lineWidth = 2.2 * u;
  g.stroke();
}

export interface OverviewLook {
  width: number;
  headUs: number;
  fromUs: number;
  toUs: number;
  nowUs: number;
}

/** The whole run in 6 px: reigns, gaps in leadership, ticks, and a frame around what the bar shows. */
export function paintOverview(
  g: CanvasRenderingContext2D, colours: Colours, spans: readonly Span[], landmarks: readonly Landmark[], look: OverviewLook,
): void {
  const { width, headUs } = look;
  const toX = (us: number) => (headUs === 0 ? 0 : (us / headUs) * width);
  g.clearRect(0, 0, width, 16);
  g.fillStyle = colours['surface-3'];
  g.globalAlpha = 0.55;
  g.fillRect(0, 5, width, 6);
  for (const span of spans) {
    g.globalAlpha = span.leader === '' ? 1 : 0.8;
    g.fillStyle = colours[span.leader === '' ? 'bad' : 'line-strong'];
    const x = toX(span.fromUs);
    g.fillRect(x, 5, Math.max(span.leader === '' ? 1.5 : 0, toX(span.toUs) - x - 1), 6);
  }
  g.globalAlpha = 1;
  g.fillStyle = colours['ink-3'];
  let last = -9;
  for (const mark of landmarks) {
    const x = toX(mark.atUs);
    if (x - last < 3) continue;
    g.fillRect((last = x) - 0.7, 1, 1.4, 3);
  }
  g.fillStyle = colours.ink;
  g.fillRect(toX(look.nowUs) - 1, 3, 2, 10);
  const from = Math.max(0.9, toX(look.fromUs));
  g.strokeStyle = colours.ink;
  g.lineWidth = 1.8;
  g.beginPath();
  g.roundRect(from, 0.9, Math.max(12, Math.min(width - 0.9, toX(look.toUs)) - from), 14.2, 3);
  g.stroke();
}
