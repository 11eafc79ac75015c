/**
 * Keeps the canvas of messages up to date with as little paint as will do: shifted along with the window, what is new
 * painted on top, all of it painted anew only when scale, size, colours or manner have changed.
 */
import type { Colours } from '../map/colours';
import { paintArrows, paintHeat, paintMarks } from './paint_weft';
import { arrowOf, arrowsWithin, COLUMN_PX, countWithin, heatOf, isDense, marksWithin, type Arrow, type Mark, type View } from './scene';
import { SHAPES } from './shapes';
import { CHUNK, Kind, type Weave } from './weave';

/** Minor marks only where a pixel is less than this. */
const MINOR_US_PER_PX = 12_000;
/** How far a head, a glyph or a mark reaches beyond its time. */
const REACH_PX = 12;

export interface Sheet {
  canvas: HTMLCanvasElement;
  g: CanvasRenderingContext2D;
  ratio: number;
  colours: Colours;
  top: number;
  /** Changes with everything else that calls for new paint: theme, size, lanes, hidden kinds. */
  key: string;
  /** Up to when the log is shown: what comes later is new when it comes. */
  untilUs: number;
}

export class Weft {
  dense = false;
  count = 0;
  /** How the last picture was made, for measurements. */
  last: 'nothing' | 'all' | 'strip' | 'fresh' = 'nothing';
  #key = '';
  #fromUs = 0;
  #untilUs = 0;
  #most = 1;

  paint(weave: Weave, view: View, sheet: Sheet): void {
    const { scale } = view;
    const usPerPx = (scale.toUs - scale.fromUs) / scale.width;
    this.count = countWithin(weave, scale.fromUs, scale.toUs);
    const px = (Math.min(scale.toUs, sheet.untilUs) - Math.max(0, scale.fromUs)) / usPerPx;
    this.dense = isDense(this.count, px, this.dense);
    const key = `${sheet.key} ${usPerPx.toPrecision(9)} ${this.dense} ${this.#detail()}`;
    const shiftPx = ((scale.fromUs - this.#fromUs) / usPerPx) * sheet.ratio;
    const shift = Math.round(shiftPx);
    const whole = key !== this.#key || weave.fresh === null || Math.abs(shift - shiftPx) > 0.02 || Math.abs(shift) > sheet.canvas.width * 0.9;
    if (whole) this.#all(weave, view, sheet);
    else this.#some(weave, view, sheet, shift);
    this.#key = key;
    this.#fromUs = scale.fromUs;
    this.#untilUs = sheet.untilUs;
    weave.fresh = { messages: [], entries: [] };
  }

  /** Arrows carry glyphs, heads or neither: a change of that is a change of the picture. */
  #detail(): number {
    return this.dense ? 3 : this.count > 1400 ? 2 : this.count > 160 ? 1 : 0;
  }

  #all(weave: Weave, view: View, sheet: Sheet): void {
    const { g } = sheet;
    const { fromUs, toUs, width } = view.scale;
    this.last = 'all';
    g.clearRect(0, 0, width, sheet.canvas.height);
    g.save();
    g.translate(0, sheet.top);
    if (this.dense) {
      const heat = heatOf(weave, view, fromUs, toUs);
      this.#most = 2 ** Math.ceil(Math.log2(heat.most + 1)) - 1;
      paintHeat(g, sheet.colours, view.lanes, heat, Math.max(1, this.#most));
    } else paintArrows(g, sheet.colours, weave.looks, arrowsWithin(weave, view, fromUs, toUs), this.count);
    this.#marks(weave, view, sheet, fromUs, toUs);
    g.restore();
  }

  #some(weave: Weave, view: View, sheet: Sheet, shift: number): void {
    const { g, canvas, ratio } = sheet;
    const fresh = weave.fresh!;
    this.last = shift !== 0 ? 'strip' : fresh.messages.length + fresh.entries.length > 0 ? 'fresh' : 'nothing';
    if (this.last === 'nothing') return;
    if (shift !== 0) {
      g.save();
      g.setTransform(1, 0, 0, 1, 0, 0);
      g.globalCompositeOperation = 'copy';
      g.drawImage(canvas, -shift, 0);
      g.restore();
      const [x0, x1] = shift > 0 ? [view.scale.width - shift / ratio, view.scale.width] : [0, -shift / ratio];
      this.#strip(weave, view, sheet, x0, x1);
    }
    if (this.dense) return this.#freshHeat(weave, view, sheet);
    g.save();
    g.translate(0, sheet.top);
    paintArrows(g, sheet.colours, weave.looks, arrowsOf(weave, view, fresh.messages), this.count);
    paintMarks(g, sheet.colours, view.lanes, marksOf(weave, view, fresh.entries, this.#minor(view)));
    g.restore();
  }

  /** All that touches a part of the paper, and no paint beside it. */
  #strip(weave: Weave, view: View, sheet: Sheet, x0: number, x1: number): void {
    const { g } = sheet;
    const [fromUs, toUs] = [view.scale.usAt(x0 - REACH_PX), view.scale.usAt(x1 + REACH_PX)];
    g.save();
    g.beginPath();
    g.rect(x0, 0, x1 - x0, sheet.canvas.height);
    g.clip();
    g.clearRect(x0, 0, x1 - x0, sheet.canvas.height);
    g.translate(0, sheet.top);
    if (this.dense) this.#heatBetween(weave, view, sheet, x0, x1);
    else paintArrows(g, sheet.colours, weave.looks, arrowsWithin(weave, view, fromUs, toUs), this.count);
    this.#marks(weave, view, sheet, fromUs, toUs);
    g.restore();
  }

  #heatBetween(weave: Weave, view: View, { g, colours }: Sheet, x0: number, x1: number): void {
    const [from, to] = [Math.floor(x0 / COLUMN_PX), Math.ceil(x1 / COLUMN_PX)];
    const heat = heatOf(weave, view, view.scale.usAt(from * COLUMN_PX), view.scale.usAt(to * COLUMN_PX));
    if (heat.most > this.#most) this.#key = '';
    paintHeat(g, colours, view.lanes, heat, Math.max(1, this.#most), Math.max(0, from), Math.min(heat.columns, to));
  }

  /** New entries are at the end, as a rule: the columns from the first of them on are painted anew. */
  #freshHeat(weave: Weave, view: View, sheet: Sheet): void {
    let firstUs = this.#untilUs;
    for (const position of weave.fresh!.messages) {
      const chunk = weave.chunkOf(position);
      if (chunk !== undefined) firstUs = Math.min(firstUs, chunk.sentUs[position % CHUNK]!);
    }
    const x0 = Math.max(0, Math.floor(view.scale.toX(firstUs) / COLUMN_PX) * COLUMN_PX);
    const x1 = Math.min(view.scale.width, view.scale.toX(sheet.untilUs) + COLUMN_PX);
    if (x0 < x1) this.#strip(weave, view, sheet, x0, x1);
  }

  #minor(view: View): boolean {
    return (view.scale.toUs - view.scale.fromUs) / view.scale.width < MINOR_US_PER_PX && !this.dense;
  }

  #marks(weave: Weave, view: View, sheet: Sheet, fromUs: number, toUs: number): void {
    const marks = marksWithin(weave, view, fromUs, toUs, this.#minor(view));
    paintMarks(sheet.g, sheet.colours, view.lanes, this.dense ? thinned(marks) : marks);
  }
}

/** In a crowd a decision is nothing special, and one mark a lane and a few pixels says enough. */
function thinned(marks: readonly Mark[]): Mark[] {
  const taken = new Set<string>();
  // The shapes stand in the order of their weight: who leads and who fell before all else.
  const ranked = marks.filter((mark) => mark.kind === Kind.Mark).sort((a, b) => rankOf(a.shape) - rankOf(b.shape) || a.x - b.x);
  return ranked.filter((mark) => {
    const spot = Math.round(mark.x / 8);
    if ([spot - 1, spot, spot + 1].some((near) => taken.has(`${mark.lane} ${near}`))) return false;
    taken.add(`${mark.lane} ${spot}`);
    return true;
  });
}

const HEAVY = ['leader', 'down', 'bad'].map((shape) => SHAPES.indexOf(shape as (typeof SHAPES)[number]) + 1);
const rankOf = (shape: number): number => (HEAVY.includes(shape) ? HEAVY.indexOf(shape) : HEAVY.length + shape);

function arrowsOf(weave: Weave, view: View, positions: readonly number[]): Arrow[] {
  return positions.flatMap((position) => {
    const chunk = weave.chunkOf(position);
    const arrow = chunk === undefined ? null : arrowOf(view, chunk, position % CHUNK);
    return arrow !== null && arrow.x1 >= 0 && arrow.x0 <= view.scale.width ? [arrow] : [];
  });
}

function marksOf(weave: Weave, view: View, seqs: readonly number[], minor: boolean): Mark[] {
  return seqs.flatMap((seq) => {
    const chunk = weave.chunks.get(Math.floor(seq / CHUNK));
    if (chunk === undefined) return [];
    const kind = chunk.kind[seq % CHUNK]!;
    if (kind < Kind.Minor || (kind === Kind.Minor && !minor)) return [];
    const place = chunk.place[seq % CHUNK]!;
    const x = view.scale.toX(chunk.atUs[seq % CHUNK]!);
    if (x < -REACH_PX || x > view.scale.width + REACH_PX) return [];
    return [{ seq, x, lane: place < 0 ? -1 : (view.laneOf[place] ?? -1), kind: kind as Mark['kind'], shape: chunk.shape[seq % CHUNK]! }];
  });
}

