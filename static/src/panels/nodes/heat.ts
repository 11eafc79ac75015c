/** Very many nodes as one cell each, zone by zone: where each cell lies, which one is under the pointer, and how it is painted. */
import type { Colours } from '../map/colours';
import { fullness, type NodeBar, type Zone } from './scene';

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
export const stepOf = (bar: NodeBar): number => Math.ceil(fullness(bar) * STEPS);

/** What a cell looks like, as one number: its step (-1: off) and whether something keeps pods away. */
const lookOf = (bar: NodeBar): number => (bar.mark !== '' ? -1 : stepOf(bar)) * 2 + (bar.cordoned || bar.taints.length > 0 ? 1 : 0);

/** A heat map on its canvas: painted whole where cells moved or are marked, else only the cells that look different. */
export class HeatPainting {
  /** How many cells have been painted so far. */
  painted = 0;
  #key = '';
  #colours: Colours | undefined;
  #looks: number[] = [];

  /** `canvas`: what tells one size and sharpness from another. */
  paint(g: CanvasRenderingContext2D, colours: Colours, plan: HeatPlan, chosen: ReadonlySet<string>, hovered: string | null, canvas: string): void {
    const heads = plan.zones.map(({ y, nodes }) => `${y} ${nodes}`).join();
    const key = [canvas, plan.pitch, heads, hovered, ...chosen].join('|');
    const whole = key !== this.#key || colours !== this.#colours || this.#looks.length !== plan.cells.length;
    [this.#key, this.#colours] = [key, colours];
    const looks = plan.cells.map(({ bar }) => lookOf(bar));
    const changed = whole ? plan.cells : plan.cells.filter((_, at) => looks[at] !== this.#looks[at]);
    this.#looks = looks;
    if (changed.length === 0) return;
    if (whole) g.clearRect(0, 0, g.canvas.width, g.canvas.height);
    this.painted += changed.length;
    paintCells(g, colours, plan.pitch, changed);
    paintMarked(g, colours, plan, chosen, hovered);
  }
}

const sideOf = (pitch: number): number => pitch - (pitch > 8 ? 2 : 1);

function paintCells(g: CanvasRenderingContext2D, colours: Colours, pitch: number, cells: readonly Cell[]): void {
  const side = sideOf(pitch);
  const byStep = new Map<number, Cell[]>();
  for (const cell of cells) {
    const step = cell.bar.mark !== '' ? -1 : stepOf(cell.bar);
    const there = byStep.get(step);
    if (there === undefined) byStep.set(step, [cell]);
    else there.push(cell);
  }
  for (const [step, alike] of byStep) {
    g.globalAlpha = 1;
    g.fillStyle = colours['surface-3'];
    for (const { x, y } of alike) g.fillRect(x, y, side, side);
    g.globalAlpha = step < 0 ? 1 : step / STEPS;
    g.fillStyle = step < 0 ? colours.bad : colours.p2;
    if (step === 0) continue;
    // A machine that is off is a bar across: shape says it, not hue alone.
    for (const { x, y } of alike) step < 0 ? g.fillRect(x, y + side * 0.38, side, Math.max(2, side * 0.24)) : g.fillRect(x, y, side, side);
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
