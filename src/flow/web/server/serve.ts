import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { followEvents } from './event-stream.ts';
import type { UiSource } from './source.ts';

/** The files of the page. */
export interface Assets {
  readonly script: string;
  readonly style: string;
}

export interface Serving {
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

const PAGE = `<!doctype html>
<html lang="en" class="scripted">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>flow</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<div id="root"><main><p>The live view needs scripts; <code>flow report</code> writes a page that does not.</p></main></div>
<script src="/ui.js"></script>
</body>
</html>
`;

/** The page may load only this server's files, and no other page may frame or read it. */
const SAFE: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/**
 * Serves the live view on the loopback address, read-only. A request must use this address as its host, so
 * that no page of another origin can read it through a name that resolves to it (DNS rebinding).
 *
 * @param port 0: any free port
 * @throws EADDRINUSE and similar errors
 */
export async function serveUi(source: UiSource, assets: Assets, port: number): Promise<Serving> {
  const server = createServer((request, response) => {
    void answer(request, response, source, assets, hosts(server)).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, 'text/plain', error instanceof Error ? error.message : 'failed');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hosts(server: Server): ReadonlySet<string> {
  const { port } = server.address() as AddressInfo;
  return new Set([`${LOOPBACK}:${port}`, `localhost:${port}`]);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  source: UiSource,
  assets: Assets,
  allowed: ReadonlySet<string>,
): Promise<void> {
  const foreign = foreignness(request, allowed);
  if (foreign !== undefined) {
    send(response, 403, 'text/plain', `${foreign}\n`);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, 'text/plain', 'flow ui is read-only\n');
    return;
  }
  const url = new URL(request.url ?? '/', 'http://flow');
  const fixed = files(assets)[url.pathname];
  if (fixed !== undefined) {
    send(response, 200, fixed.type, fixed.text);
    return;
  }
  const [, api, what = '', ...rest] = url.pathname.split('/').map(decoded);
  const from = byteOf(request.headers['last-event-id'] ?? url.searchParams.get('from') ?? '0');
  if (from === undefined) {
    send(response, 400, 'text/plain', 'from must be the number of a byte, 0 or more\n');
    return;
  }
  const known =
    api === 'api' && (await areKnown(source, runsIn([what, ...rest], url.searchParams)));
  if (known && what === 'runs' && rest[1] === 'events' && rest.length === 2) {
    for (const [name, value] of Object.entries(SAFE)) response.setHeader(name, value);
    await followEvents(source, rest[0] ?? '', from, response);
    return;
  }
  const found = known ? await ask(source, [what, ...rest], url.searchParams, from) : undefined;
  if (found === undefined) send(response, 404, 'application/json', '{"error":"not found"}');
  else send(response, 200, 'application/json', JSON.stringify(found));
}

/**
 * Why the server refuses a request: it uses another host name (DNS rebinding), or comes from a page of another
 * origin. A browser also sends such a request for an `<img>`, but does not show the answer to that page.
 */
function foreignness(
  { headers }: IncomingMessage,
  allowed: ReadonlySet<string>,
): string | undefined {
  if (!allowed.has(headers.host ?? '')) return 'flow ui does not serve this host';
  const site = headers['sec-fetch-site'] ?? 'none';
  const { origin = `http://${headers.host}` } = headers;
  const own = site === 'same-origin' || site === 'none';
  if (own && origin.startsWith('http://') && allowed.has(origin.slice('http://'.length))) return;
  return 'flow ui does not answer pages of other origins';
}

/** Undefined if the text is not a place in a file. */
function byteOf(text: string | readonly string[]): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The ids of runs in a request. */
function runsIn([what, run]: readonly string[], query: URLSearchParams): readonly string[] {
  if (what === 'compare') return [query.get('a') ?? '', query.get('b') ?? ''];
  return run === undefined ? [] : [run];
}

async function areKnown(source: UiSource, runs: readonly string[]): Promise<boolean> {
  for (const run of runs) if (!(await source.has(run))) return false;
  return true;
}

function files(
  assets: Assets,
): Readonly<Record<string, { readonly type: string; readonly text: string } | undefined>> {
  return {
    '/': { type: 'text/html', text: PAGE },
    '/ui.js': { type: 'text/javascript', text: assets.script },
    '/style.css': { type: 'text/css', text: assets.style },
  };
}

/** runs · runs/ID · runs/ID/{log,explain,preview}?instance=… · compare?a=…&b=… */
async function ask(
  source: UiSource,
  path: readonly string[],
  query: URLSearchParams,
  from: number,
): Promise<unknown> {
  const [what, run, about, ...more] = path;
  if (more.length > 0) return undefined;
  if (what === 'compare') return source.compare(query.get('a') ?? '', query.get('b') ?? '');
  if (what !== 'runs') return undefined;
  if (run === undefined) return source.runs();
  const instance = query.get('instance') ?? '';
  switch (about) {
    case undefined:
      return source.page(run);
    case 'log':
      return source.log(run, instance, from);
    case 'explain':
      return source.explain(run, instance);
    case 'preview':
      return source.preview(
        run,
        instance,
        query.get('output') ?? '',
        query.get('path') ?? undefined,
      );
    default:
      return undefined;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...SAFE, 'Content-Type': `${type}; charset=utf-8` });
  response.end(text);
}
