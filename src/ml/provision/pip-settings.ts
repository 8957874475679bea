// Where pip would look for wheels on this machine: its own configuration is asked, so that mirrors and
// private indexes hold here too.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ProvisionError } from './failure.ts';

export interface PipSettings {
  /** URLs of package indexes, in the order in which they are asked. */
  readonly indexes: readonly string[];
  /** Folders with wheels. */
  readonly folders: readonly string[];
  /** File with certificates of authorities. */
  readonly cert: string | undefined;
  readonly proxy: string | undefined;
}

const run = promisify(execFile);
/** pip knows its standard index; it has no command that says it. */
const STANDARD_INDEX = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';

/** @throws where neither pip nor the environment names an index */
export async function pipSettings(env: NodeJS.ProcessEnv): Promise<PipSettings> {
  const python = await findPip(env);
  const lines = python === undefined ? '' : (await run(python, ['-m', 'pip', 'config', 'list'], { env })).stdout; // prettier-ignore
  const settings = parseConfig(lines, env);
  const index = settings('index-url')[0] ?? (await standardIndex(python, env));
  return {
    indexes: [index, ...settings('extra-index-url')],
    folders: settings('find-links').filter((place) => !/^[a-z]+:\/\//i.test(place)),
    cert: settings('cert')[0],
    proxy: settings('proxy')[0] ?? env['HTTPS_PROXY'] ?? env['https_proxy'],
  };
}

/**
 * Reads what `pip config list` prints: `download.index-url='https://…'`, one line a setting. A command's
 * own section wins over `global`, the environment over both.
 *
 * @returns the words of a setting, by its name
 */
export function parseConfig(
  text: string,
  env: NodeJS.ProcessEnv,
): (name: string) => readonly string[] {
  const found = new Map<string, string>();
  for (const [, name = '', quoted = ''] of text.matchAll(/^([^=\s]+)=(.*)$/gm)) {
    found.set(name, unquote(quoted));
  }
  return (name) => {
    const variable = env[`PIP_${name.toUpperCase().replaceAll('-', '_')}`];
    const value =
      variable ?? found.get(`download.${name}`) ?? found.get(`install.${name}`) ?? found.get(`global.${name}`); // prettier-ignore
    return value === undefined ? [] : value.split(/\s+/).filter((word) => word !== '');
  };
}

/** Python's repr of a string. */
function unquote(text: string): string {
  const inner = /^'(.*)'$|^"(.*)"$/s.exec(text);
  const body = inner?.[1] ?? inner?.[2] ?? text;
  return body.replaceAll(/\\(n|t|\\|'|")/g, (_, c: string) => ({ n: '\n', t: '\t' })[c] ?? c);
}

async function findPip(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const python of ['python3', 'python']) {
    try {
      await run(python, ['-m', 'pip', '--version'], { env });
      return python;
    } catch {
      // The next one.
    }
  }
  return undefined;
}

async function standardIndex(python: string | undefined, env: NodeJS.ProcessEnv): Promise<string> {
  if (python !== undefined) {
    const { stdout } = await run(python, ['-c', STANDARD_INDEX], { env });
    if (/^https?:\/\//.test(stdout)) return stdout.trim();
  }
  throw new ProvisionError(
    'no Python package index is known: there is no pip to ask',
    'set PIP_INDEX_URL to the address of an index, or give the wheels with --wheels DIR',
  );
}
