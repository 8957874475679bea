// Downloads a package with npm, so that npm's registry, proxy and logins apply.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { ProvisionError } from '../failure.ts';
import type { NpmPackage } from '../pins.ts';
import { tarFiles } from '../archive/tar.ts';

/** Much more than the unpacked size of any of the packages. */
const MAX_BYTES = 1 << 30;

/**
 * @param place where a file of the package goes, by its path in it; undefined: nowhere
 * @throws ProvisionError where it cannot be had, or has none of the files
 */
export async function unpackNpmPackage(
  { name, version, integrity }: NpmPackage,
  folder: string,
  place: (file: string) => string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const packed = mkdtempSync(path.join(folder, 'npm-'));
  const spec = `${name}@${version}`;
  try {
    await pack(spec, packed, env);
    const [file = ''] = readdirSync(packed);
    const bytes = readFileSync(path.join(packed, file));
    const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (found !== integrity) {
      throw new ProvisionError(
        `npm delivers a different ${spec}: ${found} instead of ${integrity}`,
      );
    }
    const placeOf = (entry: string) => place(entry.replace(/^[^/]+\//, ''));
    const files = await tarFiles(
      unzipped(bytes, spec),
      spec,
      (entry) => placeOf(entry) !== undefined,
    );
    if (files.length === 0)
      throw new ProvisionError(`${spec} has none of the files that are needed`);
    for (const { name: entry, data } of files) {
      const to = placeOf(entry) as string;
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, data);
    }
  } finally {
    rmSync(packed, { recursive: true });
  }
}

function unzipped(bytes: Buffer, spec: string): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw new ProvisionError(`${spec} is damaged: ${(error as Error).message}`);
  }
}

async function pack(spec: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const args = ['pack', spec, '--silent', '--ignore-scripts', '--pack-destination', folder];
    // So that the project's .npmrc applies.
    await promisify(execFile)('npm', args, { cwd: env['FLOW_ROOT'] ?? folder, env });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new ProvisionError('there is no npm in PATH', 'npm comes with Node');
    const said = stderr.trim().split('\n').slice(0, 3).join('; ');
    throw new ProvisionError(`npm cannot fetch ${spec}${said === '' ? '' : `: ${said}`}`);
  }
}
