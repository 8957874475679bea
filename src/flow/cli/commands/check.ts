import type { Diagnostic } from '../../core/diagnostic.ts';
import { ok } from '../../core/result.ts';
import { missingSecrets } from '../../engine/secrets/missing-secrets.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { checkDeclaredFiles } from '../../engine/check/declared-files.ts';
import { plural } from '../../report/format.ts';
import { githubAnnotation } from '../../report/github-annotation.ts';
import { diagnosticJson } from '../../report/print-diagnostic.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  usage,
} from '../args/command.ts';
import { loadFromText, type PipelineRequest, pipelinesNear } from '../project/load-dag.ts';
import { programName } from '../args/command-again.ts';
import { oneOf } from '../args/parse-args.ts';
import { printMissingSecrets, printNotes } from '../project/notes.ts';
import { openProject } from '../project/project.ts';

const FORMATS = ['text', 'json', 'github'] as const;

/** `flow check`: reports all mistakes in the pipelines without running them. */
export async function checkCommand(args: Args, io: Io): Promise<Ended> {
  const format = oneOf('format', args.value('format'), FORMATS, 'text');
  if (!format.ok) return refuse(2, format.error);
  const json = args.has('json') || format.value === 'json';
  const project = await openProject(args, io, args.operands[0]);
  if (!project.ok) return project;
  const { root } = project.value;
  const files = args.operands.length > 0 ? args.operands : await pipelinesNear(io, root);
  if (files.length === 0) {
    return usage(
      'no-pipeline',
      `there is no pipelines/*.yaml in ${root}`,
      `${programName(io.env)} check PIPELINE`,
    );
  }
  const found: Diagnostic[] = [];
  const instances: Instance[] = [];
  const checked: { readonly file: string; readonly instances: number }[] = [];
  for (const file of files) {
    const loaded = await loadFromText(args, io, { file, targets: [], root });
    if (!loaded.ok) {
      // A missing file is a mistake in the command line, not a finding.
      if (loaded.error.diagnostics.some(({ code }) => code === 'no-pipeline')) return loaded;
      found.push(...loaded.error.diagnostics);
      continue;
    }
    const { dag, spec } = loaded.value;
    printNotes(io, dag);
    instances.push(...dag.instances);
    if (args.value('profile') === undefined) {
      for (const profile of spec.profiles.keys()) {
        found.push(...(await mistypedIn(profile, args, io, { file, targets: [], root })));
      }
    }
    found.push(...(await checkDeclaredFiles(dag, project.value)));
    checked.push({ file, instances: dag.instances.length });
  }
  if (found.length > 0) {
    const all = distinct(found);
    // --json is the dispatcher's own way; the words of --format json are the same.
    if (json && !args.has('json')) {
      await printJson(io, { ok: false, diagnostics: all.map(diagnosticJson) });
      return ok(2);
    }
    if (format.value === 'github') await printLines(io, all.map(githubAnnotation));
    return refuse(2, ...all);
  }
  const missing = missingSecrets(instances, io.env);
  if (json) {
    const secrets = missing.length > 0 && { missing_secrets: missing };
    await printJson(io, { ok: true, pipelines: checked, ...secrets });
  } else {
    printMissingSecrets(io, missing);
    const lines = checked.map(
      ({ file, instances }) => `${file}: ok, ${plural(instances, 'instance')}`,
    );
    await printLines(io, lines);
  }
  return ok(0);
}

/**
 * Values of a profile that are none of their params. All else depends on what -p says beside the profile:
 * it is told with --profile.
 */
async function mistypedIn(
  profile: string,
  args: Args,
  io: Io,
  request: PipelineRequest,
): Promise<readonly Diagnostic[]> {
  const values = (option: string): readonly string[] =>
    option === 'profile' ? [profile] : args.values(option);
  const loaded = await loadFromText({ ...args, values }, io, request);
  if (loaded.ok) return [];
  return loaded.error.diagnostics.filter(({ code, location }) => code === 'wrong-type' && location);
}

/** A mistake in an included file is found once per including file. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(
    diagnostics.map((d) => [JSON.stringify([d.code, d.message, d.location]), d]),
  );
  return [...seen.values()];
}
