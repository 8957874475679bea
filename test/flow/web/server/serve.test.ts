import { mkdirSync, writeFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from '../../../rig/project.ts';

let project: Project;
let url: string;
let run: string;

beforeAll(async () => {
  project = new Project();
  project.write({
    'flow.yaml': '',
    'stages/p.py': 'print(1)\n',
    'pipelines/p.yaml': `version: 1
name: p
stages:
  bad: { sh: 'echo told; exit 3', outputs: { o: o.txt } }
  py: { py: stages/p.py, inputs: { x: bad.o }, outputs: { o: p.txt } }
  alone: { py: stages/p.py, outputs: { o: p.txt } }
`,
  });
  run = String((await project.runJson()).run_id);
  url = await project.serve();
}, 60_000);

afterAll(async () => {
  await project.endAll();
  project.close();
});

/** fetch() itself would tidy the path and set the headers. */
function ask(
  at: string,
  headers: IncomingHttpHeaders = {},
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = get({ hostname, port, path: at, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('error', reject);
  });
}

test('nothing but the id of a recorded run is looked up', async () => {
  const outside = path.join(project.root, 'outside');
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'events.ndjson'), '{"type":"secret"}\n');
  const up = '..%2f..%2foutside';
  for (const at of [
    `runs/${up}/events`,
    `runs/${up}`,
    `runs/${up}/log?instance=bad`,
    'runs/x/events',
  ]) {
    expect(await ask(`/api/${at}`)).toEqual({ status: 404, text: '{"error":"not found"}' });
  }
  expect((await ask(`/api/compare?a=${up}&b=${run}`)).status).toBe(404);
  for (const name of ['constructor', '__proto__']) {
    expect((await ask(`/api/runs/${run}/preview?instance=bad&output=${name}`)).status).toBe(404);
  }
});

test('a page of another origin is refused, whatever it asks for', async () => {
  const at = `/api/runs/${run}`;
  for (const site of ['cross-site', 'same-site']) {
    expect((await ask(at, { 'sec-fetch-site': site })).status).toBe(403);
  }
  for (const origin of ['http://example.org', 'null', 'http://127.0.0.1:1']) {
    expect((await ask(at, { origin })).status).toBe(403);
  }
  const own = { 'sec-fetch-site': 'same-origin', origin: url.replace(/\/$/, '') };
  expect((await ask(at, own)).status).toBe(200);
  expect((await ask('/', { 'sec-fetch-site': 'none' })).status).toBe(200);
});

test('an explanation is read from records: it starts no interpreter of the project', async () => {
  project.write({
    '.venv/bin/python': `#!/bin/sh\ntouch '${project.at('started')}'\nexec python3 "$@"\n`,
    'stages/p.py': 'print(2)\n',
  });
  const { chmodSync } = await import('node:fs');
  chmodSync(project.at('.venv/bin/python'), 0o755);
  for (const instance of ['py', 'bad', 'alone']) {
    const { status, text } = await ask(`/api/runs/${run}/explain?instance=${instance}`);
    expect({ instance, status }).toEqual({ instance, status: 200 });
    expect(JSON.parse(text)).not.toEqual([]);
  }
  expect(project.has('started')).toBe(false);
});

test('an odd `from` is refused with a reason; the connection stays', async () => {
  for (const from of ['-5', '1e308', '1.5', 'x', '99999999999999999999']) {
    for (const at of [`log?instance=bad&from=${from}`, `events?from=${from}`]) {
      const { status, text } = await ask(`/api/runs/${run}/${at}`);
      expect({ at, status, text }).toMatchObject({
        at,
        status: 400,
        text: expect.stringMatching('byte'),
      });
    }
  }
  expect((await ask(`/api/runs/${run}/log?instance=bad&from=0`)).text).toContain('told');
  expect((await ask(`/api/runs/${run}/log?instance=bad&from=100000`)).status).toBe(200);
  expect((await ask(`/api/runs/${run}/events`, { 'last-event-id': '-1' })).status).toBe(400);
  expect((await ask(`/api/runs/${run}/events`)).text).toContain('event: end');
});
