// `flow ui` as an attacker would use it: the built CLI serves, plain requests ask.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunPage } from '../../../src/flow/web/model/page.ts';
import type { Project } from '../../rig/project.ts';
import { scoresProject } from './scores.ts';

let project: Project;
let url: string;
let firstRun: string;
let secondRun: string;

beforeAll(async () => {
  project = scoresProject();
  firstRun = (await project.runJson()).run_id;
  secondRun = (await project.runJson('-p', 'gain=7')).run_id;
  url = await project.serve();
});

afterAll(async () => {
  await project.endAll();
  project.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** As `fetch`, but a path goes out as it is written, and the Host header can be another. */
function ask(
  path: string,
  options: { method?: string; host?: string; at?: string; lastEvent?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { method = 'GET', host = `${hostname}:${port}`, at = hostname, lastEvent } = options;
  const headers = { host, ...(lastEvent !== undefined && { 'last-event-id': lastEvent }) };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname: at, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      );
    });
    sent.on('error', reject).end();
  });
}

describe('flow ui', () => {
  test('answers only by its own name', async () => {
    const { port } = new URL(url);
    expect((await ask('/', { host: `localhost:${port}` })).status).toBe(200);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1']) {
      expect((await ask('/api/runs', { host })).status).toBe(403);
    }
  });

  test('listens on 127.0.0.1 and on no other address of this machine', async () => {
    await expect(ask('/', { at: '127.0.0.2' })).rejects.toThrow('ECONNREFUSED');
  });

  test('only reads', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect((await ask('/api/runs', { method })).status).toBe(405);
    }
  });

  test('lets a page load nothing from elsewhere, and no other page frame it', async () => {
    const { headers } = await ask('/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
    for (const path of ['/ui.js', '/api/runs', `/api/runs/${firstRun}/events?from=0`, '/nothing']) {
      const other = await ask(path);
      for (const name of ['content-security-policy', 'cross-origin-resource-policy']) {
        expect([path, other.headers[name]]).toEqual([path, headers[name]]);
      }
    }
  });

  test('gives nothing that is not a recorded artifact', async () => {
    const run = encodeURIComponent(firstRun);
    for (const path of [
      '/../package.json',
      '/..%2f..%2fpackage.json',
      '/api/runs/..%2f..',
      `/api/runs/${firstRun.slice(-6)}`,
      `/api/runs/${firstRun.slice(-6)}/log?instance=folder`,
      '/api/runs/../../package.json',
      `/api/runs/${run}/preview?instance=folder&output=things&path=..%2f..%2fpackage.json`,
      `/api/runs/${run}/preview?instance=folder&output=things&path=%2fetc%2fpasswd`,
      `/api/runs/${run}/preview?instance=folder&output=nothing`,
      `/api/runs/${run}/log?instance=..%2f..%2frun.json`,
      `/api/runs/${run}/nothing`,
      '/api/nothing',
    ]) {
      const answer = await ask(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(answer.body).not.toContain('root:');
    }
  });

  test('lists runs, and says of each what the report says', async () => {
    const runs = JSON.parse((await ask('/api/runs')).body) as { run: string; state: string }[];
    expect(runs.map(({ run, state }) => [run, state])).toEqual([
      [secondRun, 'ok'],
      [firstRun, 'ok'],
    ]);
    const { page } = JSON.parse((await ask(`/api/runs/${firstRun}`)).body) as { page: RunPage };
    await project.flow(['report', firstRun, '-o', 'r.html']);
    const html = project.read('r.html');
    const data = /<script type="application\/json" id="page">(.*?)<\/script>/s.exec(html)?.[1];
    expect(page).toEqual(JSON.parse(data ?? ''));
  });

  test('says why an instance ran then, whatever its code is by now', async () => {
    const script = project.read('score.sh');
    project.write({ 'score.sh': `${script}echo changed since\n` });
    try {
      const why = async (run: string): Promise<string> =>
        (
          JSON.parse(
            (await ask(`/api/runs/${run}/explain?instance=${encodeURIComponent('score@seed=1')}`))
              .body,
          ) as string[]
        ).join('\n');
      expect(await why(firstRun)).toMatch(/it ran for the first time/);
      const second = await why(secondRun);
      expect(second).toContain(`compared with the result of run ${firstRun}`);
      expect(second).toMatch(/5.*7/);
      expect(second).not.toMatch(/^code /m);
    } finally {
      project.write({ 'score.sh': script });
    }
  });

  test('sends a run’s events from any byte, and says when it is over', async () => {
    const { body } = await ask(`/api/runs/${firstRun}/events?from=0`);
    expect(body).toContain('"type":"run-started"');
    expect(body.trimEnd().endsWith('event: end\ndata: {}')).toBe(true);
    const next = /^id: (\d+)$/m.exec(body)?.[1];
    const rest = await ask(`/api/runs/${firstRun}/events?from=${next}`);
    expect(rest.body).toBe('event: end\ndata: {}\n\n');
    const again = await ask(`/api/runs/${firstRun}/events?from=0`, { lastEvent: next ?? '' });
    expect(again.body).toBe(rest.body);
  });
});
