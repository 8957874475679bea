import type { Diagnostic } from '../core/diagnostic.ts';
import { ok } from '../core/result.ts';
import { checkSources } from '../engine/sources.ts';
import { plural } from '../report/format.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse, usage } from './command.ts';
import { loadFromText, pipelinesIn } from './load-dag.ts';
import { openProject } from './project.ts';

/** `flow check`: every mistake in the pipelines, none of them run. */
export async function checkCommand(args: Args, io: Io): Promise<Ended> {
  const project = await openProject(args, io, args.operands[0]);
  if (!project.ok) return project;
  const { root } = project.value;
  const files = args.operands.length > 0 ? args.operands : await pipelinesIn(io.cwd);
  if (files.length === 0) {
    return usage('no-pipeline', 'there is no pipelines/*.yaml here', 'flow check PIPELINE');
  }
  const found: Diagnostic[] = [];
  const checked: { readonly file: string; readonly instances: number }[] = [];
  for (const file of files) {
    const loaded = await loadFromText(args, io, { file, targets: [], root });
    if (!loaded.ok) {
      // A file that is not there is a slip of the command line, not a finding.
      if (loaded.error.diagnostics.some(({ code }) => code === 'no-pipeline')) return loaded;
      found.push(...loaded.error.diagnostics);
      continue;
    }
    const { dag } = loaded.value;
    found.push(...(await checkSources(dag, root)));
    checked.push({ file, instances: dag.instances.length });
  }
  if (found.length > 0) return refuse(1, ...distinct(found));
  if (args.has('json')) await printJson(io, { ok: true, pipelines: checked });
  else {
    const lines = checked.map(
      ({ file, instances }) => `${file}: ok, ${plural(instances, 'instance')}`,
    );
    await printLines(io, lines);
  }
  return ok(0);
}

/** An included file's mistake is found once for each that includes it. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(
    diagnostics.map((d) => [JSON.stringify([d.code, d.message, d.location]), d]),
  );
  return [...seen.values()];
}
