/**
 * What is wrong with a manifest, line by line, before it is sent: its YAML, and what every object needs. Pure.
 * Which kinds and fields there are is for the server to say.
 */
import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { ui } from '../words';

export interface Problem {
  /** Counted from 1. */
  line: number;
  sentence: string;
}

const PROBLEMS_MAX = 20;

export function manifestProblems(text: string): Problem[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const found: Problem[] = [];
  if (!Array.isArray(documents)) return [{ line: 1, sentence: ui('manifest-is-empty') }];
  for (const document of documents) {
    for (const error of document.errors) {
      found.push({ line: lines.linePos(error.pos[0]).line, sentence: sentence(error.message) });
    }
    if (document.errors.length === 0) found.push(...objectProblems(document, lines));
  }
  if (documents.every((document) => document.errors.length === 0 && document.contents === null)) {
    return [{ line: 1, sentence: ui('manifest-is-empty') }];
  }
  return found.slice(0, PROBLEMS_MAX);
}

function sentence(message: string): string {
  const first = message.split('\n')[0] ?? message;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function objectProblems(document: Document.Parsed, lines: LineCounter): Problem[] {
  if (document.contents === null) return [];
  const start = lineOf(document, [], lines);
  const object = document.toJS() as unknown;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    return [{ line: start, sentence: ui('manifest-no-object') }];
  }
  const missing = ['apiVersion', 'kind'].filter((field) => !(field in object));
  if (missing.length === 0 && !('metadata' in object) && !('items' in object)) missing.push('metadata');
  return missing.map((field) => ({ line: start, sentence: ui('manifest-lacks', { field }) }));
}

function lineOf(document: Document.Parsed, path: string[], lines: LineCounter): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return range?.[0] === undefined ? 1 : lines.linePos(range[0]).line;
}

export const EXAMPLE = `apiVersion: batch/v1
kind: Job
metadata:
  name: report
spec:
  completions: 6
  parallelism: 3
  template:
    metadata:
      annotations:
        sim/duration: 6s
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: busybox
          resources:
            requests: {cpu: 500m, memory: 256Mi}
`;
