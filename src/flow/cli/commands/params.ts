import type { Json } from '../../core/json.ts';
import { ok } from '../../core/result.ts';
import { styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import { truncate } from '../../report/text-width.ts';
import { type Args, type Ended, type Io, printJson, printLines } from '../args/command.ts';
import { loadFromText } from '../project/load-dag.ts';
import { openProject } from '../project/project.ts';

/** `flow params`: lists the params and their values after the overrides. */
export async function paramsCommand(args: Args, io: Io): Promise<Ended> {
  const [file = ''] = args.operands;
  const project = await openProject(args, io, file);
  if (!project.ok) return project;
  const loaded = await loadFromText(args, io, { file, targets: [], root: project.value.root });
  if (!loaded.ok) return loaded;
  const { dag, spec } = loaded.value;
  const params = [...spec.params.values()].map((param) => ({
    name: param.name,
    type: param.type,
    value: dag.params[param.name] ?? null,
    default: param.default,
    origin: dag.origins?.[param.name] ?? 'default',
    ...(param.enum && { enum: param.enum }),
    ...(param.min !== undefined && { min: param.min }),
    ...(param.max !== undefined && { max: param.max }),
    ...(param.description !== undefined && { description: param.description }),
  }));
  const profiles = [...spec.profiles.keys()];
  if (args.has('json')) {
    await printJson(io, { pipeline: dag.name, params, profiles });
    return ok(0);
  }
  const style = styleFor(io.stdout, io.env);
  const titles = ['PARAM', 'VALUE', 'TYPE', 'DESCRIPTION'].map((title) => ({ title }));
  const rows = params.flatMap((param) => {
    const about = [param.description ?? '', param.enum ? `one of ${written([...param.enum])}` : ''];
    const leaves = leavesOf(param.name, param.value);
    return leaves.map(([name, value], i) => {
      const shown = truncate(written(value), MAX_VALUE_CHARACTERS);
      const changed =
        i === 0 && param.origin !== 'default' && written(param.value) !== written(param.default);
      const told = i === 0 ? [param.type, about.filter(Boolean).join('; ')] : ['', ''];
      return [name, changed ? style.bold(shown) : shown, ...told];
    });
  });
  const lines = rows.length > 0 ? table(titles, rows, style.dim) : ['this pipeline has no params'];
  if (profiles.length > 0) lines.push('', `profiles: ${profiles.join(', ')}`);
  await printLines(io, lines);
  return ok(0);
}

/** `--json` has the whole of it. */
const MAX_VALUE_CHARACTERS = 48;

/** Shows each value of a mapping, because `-p td.rows=9` sets one. */
function leavesOf(name: string, value: Json): [string, Json][] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [[name, value]];
  const leaves = Object.entries(value).map(([key, leaf]): [string, Json] => [
    `${name}.${key}`,
    leaf,
  ]);
  return leaves.length > 0 ? leaves : [[name, value]];
}

/** In the form of `-p`. */
function written(value: Json): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.join(',');
  return JSON.stringify(value);
}
