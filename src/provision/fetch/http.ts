import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { ProvisionError } from '../failure.ts';

const MAX_REDIRECTS = 5;
/** flow gives up on a server that sends nothing for this long. */
const IDLE_MS = 60_000;

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates of authorities, PEM. */
  readonly ca?: string | undefined;
}

/** GET, following redirects. The body is for the caller to read, or to destroy. */
export async function get(
  url: URL,
  options: HttpOptions,
  redirects = MAX_REDIRECTS,
): Promise<IncomingMessage> {
  const response = await request(url, options);
  const { statusCode = 0, headers } = response;
  if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return response;
  response.destroy();
  if (redirects === 0) throw new ProvisionError(`${shown(url)}: too many redirects`);
  return get(new URL(headers.location, url), options, redirects - 1);
}

/** A URL without its password. */
export function shown(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

function request(url: URL, { headers, ca }: HttpOptions): Promise<IncomingMessage> {
  const { request: start } = url.protocol === 'http:' ? http : https;
  // Node takes user and password from the URL.
  return new Promise((resolve, reject) => {
    const sent = start(url, { headers, ...(ca !== undefined && { ca }), timeout: IDLE_MS });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${IDLE_MS / 1000} s`)));
    sent.end();
  });
}
