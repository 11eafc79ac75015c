/** Very many nodes as one cell each, zone by zone: where each cell lies, which one is under the pointer, and how it is painted. */
import { plural, ui } from '../../words';
import type { Colours } from '../map/colours';
import { fullness, usedShare, type NodeBar, type Zone } from './scene';

export interface Cell {
  bar: NodeBar;
  x: number;
  y: number;
}

export interface HeatPlan {
  /** Side of a cell with its gap. */
  pitch: number;
  cells: Cell[];
  zones: { zone: string; tasks: number; nodes: number; y: number; height: number }[];
  height: number;
}

const HEAD = 20;
const GAP = 6;
const PITCH_MAX = 26;
const PITCH_MIN = 6;

/** The largest cells with which all zones fit; the smallest where nothing fits, then it scrolls. */
export function heatPlan(zones: readonly Zone[], width: number, height: number): HeatPlan {
  let pitch = PITCH_MAX;
  while (pitch > PITCH_MIN && heightAt(zones, width, pitch) > height) pitch--;
  return planAt(zones, width, pitch);
}

const columnsAt = (width: number, pitch: number): number => Math.max(1, Math.floor(width / pitch));

function heightAt(zones: readonly Zone[], width: number, pitch: number): number {
  const columns = columnsAt(width, pitch);
  return zones.reduce((sum, { nodes }) => sum + HEAD + Math.ceil(nodes.length / columns) * pitch + GAP, -GAP);
}

function planAt(zones: readonly Zone[], width: number, pitch: number): HeatPlan {
  const columns = columnsAt(width, pitch);
  const cells: Cell[] = [];
  const heads: HeatPlan['zones'] = [];
  let y = 0;
  for (const { zone, nodes, tasks } of zones) {
    const rows = Math.ceil(nodes.length / columns);
    heads.push({ zone, tasks, nodes: nodes.length, y, height: HEAD + rows * pitch });
    nodes.forEach((bar, at) => cells.push({ bar, x: (at % columns) * pitch, y: y + HEAD + Math.floor(at / columns) * pitch }));
    y += HEAD + rows * pitch + GAP;
  }
  return { pitch, cells, zones: heads, height: Math.max(0, y - GAP) };
}

export function cellAt(plan: HeatPlan, x: number, y: number): Cell | undefined {
  return plan.cells.find((cell) => x >= cell.x && x < cell.x + plan.pitch && y >= cell.y && y < cell.y + plan.pitch);
}

/** Eleven steps: fewer changes of colour, and a legend that can show them. */
export const STEPS = 10;

export const MEASURES = ['requested', 'used', 'tasks', 'imbalance'] as const;
export type Measure = (typeof MEASURES)[number];

/** What the colours say. `full`: what the brightest stands for; "imbalance" goes from none over the mean to twice the mean. */
export interface Scale {
  measure: Measure;
  full: number;
}

/** Nodes that are off do not count: no task can be there. */
export function scaleOf(measure: Measure, bars: readonly NodeBar[]): Scale {
  if (measure === 'requested' || measure === 'used') return { measure, full: 1 };
  const up = bars.filter(({ mark }) => mark === '');
  const sum = up.reduce((all, { tasks }) => all + tasks, 0);
  if (measure === 'imbalance') return { measure, full: up.length === 0 ? 0 : (2 * sum) / up.length };
  return { measure, full: up.reduce((most, { tasks }) => Math.max(most, tasks), 0) };
}

/** From 0 to STEPS; with "imbalance" from -STEPS (no task) over 0 (the mean) to STEPS (twice the mean, or more). */
export function stepOf(bar: NodeBar, { measure, full }: Scale): number {
  if (measure === 'requested') return Math.ceil(fullness(bar) * STEPS);
  if (measure === 'used') return Math.ceil(usedShare(bar) * STEPS);
  if (full === 0) return 0;
  const share = Math.min(1, bar.tasks / full);
  return measure === 'tasks' ? Math.ceil(share * STEPS) : Math.round((2 * share - 1) * STEPS);
}

export interface Legend {
  low: string;
  mid: string;
  high: string;
  steps: number[];
  /** What a step stands for. */
  at: (step: number) => string;
}

const rounded = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

const tasksText = (count: number): string => (Number.isInteger(count) ? plural(count, 'task') : `${rounded(count)} tasks`);

/** The numbers behind the colours. */
export function legendOf({ measure, full }: Scale): Legend {
  if (measure === 'imbalance') {
    const at = (step: number) => tasksText(((step / STEPS + 1) * full) / 2);
    const steps = Array.from({ length: STEPS + 1 }, (_, step) => 2 * step - STEPS);
    return { low: tasksText(0), mid: ui('heat-mean', { mean: rounded(full / 2) }), high: ui('heat-or-more', { count: rounded(full) }), steps, at };
  }
  const at = (step: number) => (measure === 'tasks' ? tasksText((step * full) / STEPS) : `${(step * 100) / STEPS} %`);
  return { low: measure === 'tasks' ? tasksText(0) : '0 %', mid: '', high: measure === 'tasks' ? tasksText(full) : '100 %', steps: Array.from({ length: STEPS + 1 }, (_, step) => step), at };
}

const OFF = -STEPS - 1;

/** What a cell looks like, as one number: its step (OFF: it is) and whether something keeps pods away. */
const lookOf = (bar: NodeBar, scale: Scale): number => (bar.mark !== '' ? OFF : stepOf(bar, scale)) * 2 + (bar.cordoned || bar.taints.length > 0 ? 1 : 0);

/** A heat map on its canvas: painted whole where cells moved or are marked, else only the cells that look different. */
export class HeatPainting {
  /** How many cells have been painted so far. */
  painted = 0;
  #key = '';
  #colours: Colours | undefined;
  #looks: number[] = [];

  /** `canvas`: what tells one size and sharpness from another. */
  paint(g: CanvasRenderingContext2D, colours: Colours, plan: HeatPlan, scale: Scale, chosen: ReadonlySet<string>, hovered: string | null, canvas: string): void {
    const heads = plan.zones.map(({ y, nodes }) => `${y} ${nodes}`).join();
    const key = [canvas, scale.measure, plan.pitch, heads, hovered, ...chosen].join('|');
    const whole = key !== this.#key || colours !== this.#colours || this.#looks.length !== plan.cells.length;
    [this.#key, this.#colours] = [key, colours];
    const looks = plan.cells.map(({ bar }) => lookOf(bar, scale));
    const changed = whole ? plan.cells : plan.cells.filter((_, at) => looks[at] !== this.#looks[at]);
    this.#looks = looks;
    if (changed.length === 0) return;
    if (whole) g.clearRect(0, 0, g.canvas.width, g.canvas.height);
    this.painted += changed.length;
    paintCells(g, colours, plan.pitch, scale, changed);
    paintMarked(g, colours, plan, chosen, hovered);
  }
}

const sideOf = (pitch: number): number => pitch - (pitch > 8 ? 2 : 1);

function paintCells(g: CanvasRenderingContext2D, colours: Colours, pitch: number, scale: Scale, cells: readonly Cell[]): void {
  const side = sideOf(pitch);
  const byStep = new Map<number, Cell[]>();
  for (const cell of cells) {
    const step = cell.bar.mark !== '' ? OFF : stepOf(cell.bar, scale);
    const there = byStep.get(step);
    if (there === undefined) byStep.set(step, [cell]);
    else there.push(cell);
  }
  for (const [step, alike] of byStep) {
    g.globalAlpha = 1;
    g.fillStyle = colours['surface-3'];
    for (const { x, y } of alike) g.fillRect(x, y, side, side);
    g.globalAlpha = step === OFF ? 1 : Math.abs(step) / STEPS;
    g.fillStyle = step === OFF ? colours.bad : scale.measure === 'imbalance' && step > 0 ? colours.bad : colours.p2;
    if (step === 0) continue;
    // A machine that is off is a bar across: shape says it, not hue alone.
    for (const { x, y } of alike) step === OFF ? g.fillRect(x, y + side * 0.38, side, Math.max(2, side * 0.24)) : g.fillRect(x, y, side, side);
  }
  g.globalAlpha = 1;
  g.lineWidth = 1;
  g.strokeStyle = colours['ink-2'];
  for (const { bar, x, y } of cells) if (bar.cordoned || bar.taints.length > 0) g.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
}

function paintMarked(g: CanvasRenderingContext2D, colours: Colours, plan: HeatPlan, chosen: ReadonlySet<string>, hovered: string | null): void {
  if (chosen.size === 0 && hovered === null) return;
  const side = sideOf(plan.pitch);
  g.lineWidth = 2;
  for (const { bar, x, y } of plan.cells) {
    if (!chosen.has(bar.node) && bar.node !== hovered) continue;
    g.strokeStyle = chosen.has(bar.node) ? colours.accent : colours.ink;
    g.strokeRect(x - 1, y - 1, side + 2, side + 2);
  }
}
