import path from 'node:path';
import type { Diagnostic } from '../../../src/flow/core/diagnostic.ts';
import type { Dag, Instance } from '../../../src/flow/pipeline/dag.ts';
import { loadPipeline, type LoadRequest } from '../../../src/flow/pipeline/resolve/load.ts';

const ROOT = '/project';

type Overrides = Partial<LoadRequest['overrides']> & { readonly targets?: readonly string[] };

/** Loads `main.yaml` of a project that exists only as texts. */
async function load(files: Readonly<Record<string, string>> | string, overrides: Overrides = {}) {
  const texts = typeof files === 'string' ? { 'main.yaml': files } : files;
  const { targets = [], set = [], ...rest } = overrides;
  return loadPipeline({
    file: 'main.yaml',
    cwd: ROOT,
    root: ROOT,
    read: async (file) => texts[path.relative(ROOT, file)],
    overrides: { ...rest, set },
    targets,
  });
}

export async function dagOf(...request: Parameters<typeof load>): Promise<Dag> {
  const loaded = await load(...request);
  if (!loaded.ok) throw new Error(loaded.error.map((d) => d.message).join('\n'));
  return loaded.value.dag;
}

export async function idsOf(...request: Parameters<typeof load>): Promise<readonly string[]> {
  return (await dagOf(...request)).instances.map((instance) => instance.id);
}

export async function instanceOf(
  id: string,
  ...request: Parameters<typeof load>
): Promise<Instance> {
  const found = (await dagOf(...request)).instances.find((instance) => instance.id === id);
  if (found === undefined) throw new Error(`no instance ${id}`);
  return found;
}

export async function problemsOf(
  ...request: Parameters<typeof load>
): Promise<readonly Diagnostic[]> {
  const loaded = await load(...request);
  return loaded.ok ? [] : loaded.error;
}

/** `code line:column message | hint`, one a line: what a person would be told. */
export async function told(...request: Parameters<typeof load>): Promise<readonly string[]> {
  return (await problemsOf(...request)).map(({ code, message, hint, location }) => {
    const where = location === undefined ? '' : ` ${location.line}:${location.column}`;
    return `${code}${where} ${message}${hint === undefined ? '' : ` | ${hint}`}`;
  });
}
