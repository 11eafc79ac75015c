/** The rooms of the page and who may know whom. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(process.cwd(), 'src');
const LINES_MAX = 400;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const files = filesIn(SRC).filter((file) => /\.(ts|svelte)$/.test(file));
const written = files.filter((file) => !file.endsWith('.gen.ts'));
const shipped = written.filter((file) => !/\.test\.ts$|testing\.ts$|fixture\.ts$/.test(file));

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s+'([^']+)'/g)].map((match) => match[1]!);
}

const roomOf = (file: string): string => relative(SRC, file).split('/')[0]!;

/** Rooms that a room may import from, besides itself. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  geometry: [],
  history: ['wire'],
  wire: ['history'],
  words: [],
};

describe('rooms', () => {
  it.each(Object.entries(MAY))('%s imports only from %j', (room, allowed) => {
    const strays = shipped
      .filter((file) => roomOf(file) === room)
      .flatMap((file) =>
        importsOf(file)
          .filter((path) => path.startsWith('.'))
          .map((path) => roomOf(resolve(dirname(file), path)))
          .filter((other) => other !== room && !allowed.includes(other))
          .map((other) => `${relative(SRC, file)} imports ${other}`),
      );
    expect(strays).toEqual([]);
  });

  it('history takes nothing from wire but the generated names of fields', () => {
    const taken = shipped.filter((file) => roomOf(file) === 'history').flatMap(importsOf).filter((path) => path.includes('wire/'));
    expect(new Set(taken)).toEqual(new Set(['../wire/events.gen']));
  });

  it('only wire knows sockets and the packing of messages', () => {
    const knowing = shipped.filter((file) => importsOf(file).some((path) => /socket\.io|msgpack/.test(path)));
    expect(knowing.map(roomOf).every((room) => room === 'wire')).toBe(true);
  });

  it('scenes are pure: no component, no canvas, no clock, no network', () => {
    const scenes = shipped.filter((file) => /\/(scene|layout|gestures|paths|window)\.ts$/.test(file));
    expect(scenes.length).toBeGreaterThan(5);
    const impure = scenes.filter((file) => /(?<!type [^;]{0,200})from '[^']*\.svelte'|\bdocument\.|performance\.now|Date\.now|fetch\(/.test(readFileSync(file, 'utf8')));
    expect(impure.map((file) => relative(SRC, file))).toEqual([]);
  });

  it('what tests are made of is not shipped', () => {
    const strays = shipped.filter((file) => importsOf(file).some((path) => /testing$|fixture$/.test(path)));
    expect(strays.map((file) => relative(SRC, file))).toEqual([]);
  });

  it(`no file is longer than ${LINES_MAX} lines`, () => {
    const long = written.filter((file) => readFileSync(file, 'utf8').split('\n').length > LINES_MAX + 1);
    expect(long.map((file) => relative(SRC, file))).toEqual([]);
  });
});
