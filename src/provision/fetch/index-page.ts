// Finds a wheel in a package index: PEP 503 (HTML) and PEP 691 (JSON).
import { text } from 'node:stream/consumers';
import { ProvisionError } from '../failure.ts';
import { get, shown } from './http.ts';
import type { HttpOptions } from './http.ts';
import type { Wheel } from '../pins.ts';

const ACCEPT = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';

/**
 * @returns where the wheel lies; undefined where the index does not have it
 * @throws ProvisionError where the index cannot be asked, or offers another file of that name
 */
export async function findWheel(
  wheel: Wheel,
  index: string,
  options: HttpOptions,
): Promise<URL | undefined> {
  const address = `${index.replace(/\/+$/, '')}/${wheel.project}/`;
  if (!/^https?:\/\/[^/]/i.test(address) || !URL.canParse(address)) {
    throw new ProvisionError(`'${index}' is no address of a package index`);
  }
  const page = new URL(address);
  const links = await linksOf(page, options);
  const link = links.find(({ file }) => file === wheel.file);
  if (link === undefined) return undefined;
  if (link.sha256 !== undefined && link.sha256 !== wheel.sha256) {
    throw new ProvisionError(
      `${shown(page)} offers a different ${wheel.file}: sha256 ${link.sha256} instead of ${wheel.sha256}`,
    );
  }
  return new URL(link.url, page);
}

async function linksOf(page: URL, options: HttpOptions): Promise<readonly Link[]> {
  try {
    const response = await get(page, { ...options, headers: { accept: ACCEPT } });
    if (response.statusCode !== 200) {
      response.destroy();
      if (response.statusCode === 404) return [];
      throw new ProvisionError(`${shown(page)} answers ${response.statusCode}`);
    }
    const body = await text(response);
    const json = /json/.test(response.headers['content-type'] ?? '');
    return json ? linksInJson(body) : linksInHtml(body);
  } catch (error) {
    if (error instanceof ProvisionError) throw error;
    throw new ProvisionError(`${shown(page)} cannot be read: ${(error as Error).message}`);
  }
}

export interface Link {
  readonly file: string;
  readonly url: string;
  readonly sha256: string | undefined;
}

export function linksInJson(body: string): readonly Link[] {
  const { files = [] } = JSON.parse(body) as {
    readonly files?: readonly {
      readonly filename: string;
      readonly url: string;
      readonly hashes?: { readonly sha256?: string };
    }[];
  };
  return files.map(({ filename, url, hashes }) => ({
    file: filename,
    url,
    sha256: hashes?.sha256,
  }));
}

export function linksInHtml(body: string): readonly Link[] {
  const anchors = body.matchAll(/<a\b[^>]*\bhref\s*=\s*["']([^"']+)["'][^>]*>([^<]*)<\/a>/gi);
  return [...anchors].map(([, href = '', name = '']) => {
    const [url = '', fragment = ''] = href.replaceAll('&amp;', '&').split('#');
    return { file: name.trim(), url, sha256: /^sha256=([0-9a-f]{64})$/.exec(fragment)?.[1] };
  });
}
