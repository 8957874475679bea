// Fetches a package of the npm registry by npm itself, so that its registry, proxy and logins hold.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { ProvisionError } from './failure.ts';
import type { NpmPackage } from './pins.ts';

/** @param place where a file of the package goes, by its path in it; undefined: nowhere */
export async function unpackNpmPackage(
  { name, version, integrity }: NpmPackage,
  folder: string,
  place: (file: string) => string | undefined,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const packed = mkdtempSync(path.join(folder, 'npm-'));
  try {
    await pack(`${name}@${version}`, packed);
    const [file = ''] = readdirSync(packed);
    const bytes = readFileSync(path.join(packed, file));
    const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (found !== integrity) {
      throw new ProvisionError(`${name}@${version} has ${found}, not ${integrity}`);
    }
    for (const { name: entry, data } of tarFiles(gunzipSync(bytes))) {
      const to = place(entry.replace(/^[^/]+\//, ''));
      if (to === undefined) continue;
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, data);
    }
  } finally {
    rmSync(packed, { recursive: true });
  }
}

async function pack(spec: string, folder: string): Promise<void> {
  try {
    const args = ['pack', spec, '--silent', '--ignore-scripts', '--pack-destination', folder];
    await promisify(execFile)('npm', args, { cwd: folder });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new ProvisionError('there is no npm in PATH', 'npm comes with Node');
    const said = stderr.trim().split('\n').slice(0, 3).join('; ');
    throw new ProvisionError(`npm cannot fetch ${spec}${said === '' ? '' : `: ${said}`}`);
  }
}

const BLOCK = 512;

/** Regular files of an archive in POSIX's ustar form, as npm writes it. */
export function* tarFiles(
  tar: Buffer,
): Generator<{ readonly name: string; readonly data: Buffer }> {
  const text = (at: number, length: number) => {
    const field = tar.toString('utf8', at, at + length);
    const end = field.indexOf('\0');
    return end < 0 ? field : field.slice(0, end);
  };
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    const prefix = text(at + 345, 155);
    const name = text(at, 100);
    const start = at + BLOCK;
    if (type === '0' || type === '') {
      yield { name: prefix === '' ? name : `${prefix}/${name}`, data: tar.subarray(start, start + size) }; // prettier-ignore
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
