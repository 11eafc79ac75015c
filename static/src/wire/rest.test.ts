import { encode } from '@msgpack/msgpack';
import { describe, expect, it, vi } from 'vitest';
import { fetchLandmarks, fetchReigns, historyOf, postJson, RequestFailed } from './rest';

function server(answers: Record<string, () => Response>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${url}`);
    return answers[url.split('?')[0]!]?.() ?? new Response('', { status: 404, statusText: 'NOT FOUND' });
  });
  return asked;
}

describe('the server by REST', () => {
  it('history comes packed, from a keyframe and in pages', async () => {
    const keyframe = { seq: 5, at_us: 9, digest: 'd', view: { node: {} } };
    const asked = server({
      '/api/v1/runs/r%2F1/keyframe': () => new Response(encode(keyframe)),
      '/api/v1/runs/r%2F1/entries': () => new Response(encode([[6, 9, null, ['x'], []]])),
    });
    const source = historyOf('r/1');
    expect(await source.keyframe({ seq: 7 })).toEqual(keyframe);
    expect(await source.entries(6, 99_999)).toHaveLength(1);
    expect(asked).toEqual(['GET /api/v1/runs/r%2F1/keyframe?seq=7', 'GET /api/v1/runs/r%2F1/entries?from_seq=6&to_seq=99999&limit=5000']);
  });

  it('landmarks and reigns of the whole run', async () => {
    server({
      '/api/v1/runs/r/landmarks': () => Response.json({ landmarks: [[7, 900, 'node-killed', { node: 's1' }]] }),
      '/api/v1/runs/r/entries': () => Response.json({ entries: [{ seq: 8, at_us: 950, leader: '' }], next: null }),
    });
    expect(await fetchLandmarks('r')).toEqual([{ seq: 7, atUs: 900, tag: 'node-killed', fields: { node: 's1' } }]);
    expect(await fetchReigns('r')).toEqual([{ seq: 8, atUs: 950, leader: '' }]);
  });

  it.each([
    [{ error: { code: 'no-such-run', sentence: 'There is no run r9.', fields: { run: 'r9' } } }, 'There is no run r9.', 'no-such-run'],
    [{ refused: { code: 'seed', sentence: 'The seed must be whole.' } }, 'The seed must be whole.', 'seed'],
    [{}, 'The server answered 409', 'http'],
  ])('a failure keeps its sentence: %j', async (body, sentence, code) => {
    server({ '/api/v1/runs': () => Response.json(body, { status: 409 }) });
    const failed = await postJson('/runs').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RequestFailed);
    expect(failed).toMatchObject({ status: 409, code, message: expect.stringContaining(sentence) });
  });
});
