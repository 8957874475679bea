// A package index of Python and a registry of npm on this machine, with what tests put there.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { integrity, sha256 } from './archives.ts';

export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export class Registries {
  readonly asked: Asked[] = [];
  /** By project and file name. */
  readonly wheels = new Map<string, ReadonlyMap<string, Buffer>>();
  readonly packages = new Map<string, { readonly version: string; readonly tarball: Buffer }>();
  /** Files of which only so many bytes are sent, and then nothing more: until they are let go. */
  readonly held = new Map<string, number>();
  /** Digests that the index gives instead of the true ones. */
  readonly claimed = new Map<string, string>();
  json = false;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => this.#answer(request, response));
  }

  static async open(): Promise<Registries> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Registries(server);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** As pip's `index-url`. */
  get index(): string {
    return `${this.origin}/simple`;
  }

  /** As npm's `registry`. */
  get npm(): string {
    return `${this.origin}/npm/`;
  }

  /** Paths that were asked for below one of the two. */
  askedBelow(folder: 'simple' | 'files' | 'npm'): readonly Asked[] {
    return this.asked.filter(({ path }) => path.startsWith(`/${folder}/`));
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(url, this.origin).pathname);
    const { range, authorization } = headers;
    this.asked.push({ path, range, authorization });
    const [, folder = '', ...rest] = path.split('/');
    const name = rest.join('/').replace(/\/$/, '');
    if (folder === 'simple') this.#page(name, response);
    else if (folder === 'files') this.#wheel(name, range, response);
    else if (folder === 'npm') this.#packument(name, response);
    else if (folder === 'tarballs') response.end(this.packages.get(name)?.tarball);
    else response.writeHead(404).end();
  }

  /** PEP 503, or PEP 691. */
  #page(project: string, response: ServerResponse): void {
    const files = this.wheels.get(project);
    if (files === undefined) return void response.writeHead(404).end();
    const digest = (file: string, bytes: Buffer) => this.claimed.get(file) ?? sha256(bytes);
    if (this.json) {
      const listed = [...files].map(([filename, bytes]) => ({
        filename,
        url: `../../files/${filename}`,
        hashes: { sha256: digest(filename, bytes) },
      }));
      response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' });
      response.end(
        JSON.stringify({ meta: { 'api-version': '1.0' }, name: project, files: listed }),
      );
      return;
    }
    const links = [...files].map(([file, bytes]) => `<a href="../../files/${file}#sha256=${digest(file, bytes)}">${file}</a>`); // prettier-ignore
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!DOCTYPE html><html><body>${links.join('<br>\n')}</body></html>`);
  }

  #wheel(file: string, range: string | undefined, response: ServerResponse): void {
    const bytes = [...this.wheels.values()].map((files) => files.get(file)).find((one) => one !== undefined); // prettier-ignore
    if (bytes === undefined) return void response.writeHead(404).end();
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start >= bytes.length) return void response.writeHead(416).end();
    const head = { 'content-length': bytes.length - start };
    if (start > 0) {
      const place = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { ...head, 'content-range': place });
    } else response.writeHead(200, head);
    const most = this.held.get(file);
    if (most === undefined) response.end(bytes.subarray(start));
    else response.write(bytes.subarray(start, most));
  }

  #packument(name: string, response: ServerResponse): void {
    const known = this.packages.get(name);
    if (known === undefined) return void response.writeHead(404).end('{"error":"not found"}');
    const { version, tarball } = known;
    const dist = { tarball: `${this.origin}/tarballs/${name}`, integrity: integrity(tarball) };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { name, version, dist } },
      }),
    );
  }
}
