// Where pip would look for wheels on this machine. flow reads pip's configuration, so that mirrors and
// private indexes apply here, too.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ProvisionError } from '../failure.ts';

export interface PipSettings {
  /** The Python that has pip. */
  readonly python: string | undefined;
  /** URLs of package indexes, in the order in which they are asked. */
  readonly indexes: readonly string[];
  /** Folders with wheels. */
  readonly folders: readonly string[];
  /** File with certificates of authorities. */
  readonly cert: string | undefined;
  readonly proxy: string | undefined;
}

const run = promisify(execFile);
/** pip's default index. pip has no command that prints it. */
const STANDARD_INDEX = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';

/** @throws ProvisionError where neither pip nor the environment names an index */
export async function pipSettings(env: NodeJS.ProcessEnv): Promise<PipSettings> {
  const pip = await askPip(env);
  const python = pip?.python;
  const settings = parseConfig(pip?.config ?? '', env);
  const none = /^(1|true|yes|on)$/i.test(settings('no-index')[0] ?? '');
  const index = none ? '' : (settings('index-url')[0] ?? (await standardIndex(python, env)));
  return {
    python,
    indexes: none ? [] : [index, ...settings('extra-index-url')],
    folders: settings('find-links').filter((place) => !/^[a-z]+:\/\//i.test(place)),
    cert: settings('cert')[0],
    proxy:
      settings('proxy')[0] ??
      env['HTTPS_PROXY'] ??
      env['https_proxy'] ??
      env['ALL_PROXY'] ??
      env['all_proxy'],
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

/** @returns the Python that has pip, and what pip prints of its configuration */
async function askPip(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly python: string; readonly config: string } | undefined> {
  for (const python of ['python3', 'python']) {
    try {
      const { stdout } = await run(python, ['-m', 'pip', 'config', 'list'], { env });
      return { python, config: stdout };
    } catch (error) {
      const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
      if (code === 'ENOENT' || /No module named '?pip/.test(stderr)) continue;
      const said = stderr.trim().replaceAll(/\s*\n\s*/g, ' ');
      throw new ProvisionError(`pip cannot read its configuration: ${said}`);
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
