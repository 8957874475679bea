import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import { ok, type Result } from '../../core/result.ts';
import { readResults, type RecordedView } from '../../inspect/view.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  refuse,
  type Refusal,
  usage,
} from '../args/command.ts';
import { makeFolder } from '../../store/disk/files.ts';
import { notBelowFile } from '../project/destination.ts';
import { withSession } from '../project/session.ts';
import { storedBytes } from '../../store/stored-text.ts';
import { openRunView } from '../project/run-view.ts';

/** `flow export --ro-crate`: writes a run as a folder for others. */
export async function exportCommand(args: Args, io: Io): Promise<Ended> {
  if (!args.has('ro-crate')) {
    return usage('no-format', 'flow export needs a format', 'write flow export --ro-crate [RUN]');
  }
  return withSession(args, io, undefined, async (session) => {
    const view = await openRunView(session, args.operands[0]);
    if (!view.ok) return view;
    const { record, context } = view.value;
    if (record.summary === undefined) {
      return refuse(1, { code: 'unfinished', message: `run ${record.run_id} has not ended` });
    }
    const given = args.value('output') ?? `ro-crate-${record.run_id}`;
    const folder = path.resolve(io.cwd, given);
    const below = notBelowFile(io, path.dirname(folder));
    if (below !== undefined) return below;
    if (existsSync(folder)) {
      return usage('exists', `${given} exists`, 'choose another folder with -o');
    }
    const results = await readResults(view.value);
    const files = await filesOf(view.value, results);
    if (!files.ok) return files;
    const { buildCrate } = await import('../../report/crate/build-crate.ts');
    const license = args.value('license');
    const crate = buildCrate({
      record,
      dag: context.dag,
      results,
      events: await session.runs.events(record.run_id),
      carried: new Map(
        [...files.value].map(([name, { digest, bytes }]) => [name, { digest, size: bytes.length }]),
      ),
      ...(license !== undefined && { license }),
      exportedAt: new Date(io.clock()).toISOString(),
    });
    const part = `${folder}.part`;
    await rm(part, { recursive: true, force: true });
    for (const [name, { bytes }] of files.value) {
      makeFolder(path.dirname(path.join(part, name)));
      await writeFile(path.join(part, name), bytes);
    }
    await writeFile(
      path.join(part, 'ro-crate-metadata.json'),
      `${JSON.stringify(crate, null, 2)}\n`,
    );
    await rename(part, folder);
    if (args.has('json')) await printJson(io, { run_id: record.run_id, path: given });
    else await io.out(`${given}\n`);
    return ok(0);
  });
}

type Files = ReadonlyMap<string, { readonly digest: Digest; readonly bytes: Uint8Array }>;

/** The texts of the pipeline and the exports of the run. */
async function filesOf(
  { store, record, context }: RecordedView,
  results: ReadonlyMap<string, ActionResult>,
): Promise<Result<Files, Refusal>> {
  const files = new Map<string, { digest: Digest; bytes: Uint8Array }>();
  const lost = (what: string): Result<never, Refusal> =>
    refuse(1, {
      code: 'lost',
      message: `${what} of run ${record.run_id} is no longer in the cache`,
    });
  for (const [name, digest] of Object.entries(record.files ?? {})) {
    const bytes = await storedBytes(store, digest);
    if (bytes === undefined) return lost(name);
    files.set(name, { digest, bytes });
  }
  if (!files.has(record.file)) return lost(record.file);
  const put = async (name: string, artifact: Artifact): Promise<boolean> => {
    const bytes = await store.read(artifact);
    if (bytes.ok) files.set(name, { digest: artifact.digest, bytes: bytes.value });
    return bytes.ok;
  };
  for (const { path: name, instance } of record.exports ?? []) {
    const from = context.dag.exports.find((each) => each.path === name)?.from;
    const artifact = from && results.get(instance)?.outputs[from.output];
    if (artifact === undefined) return lost(name);
    if (artifact.kind === 'file') {
      if (!(await put(name, artifact))) return lost(name);
      continue;
    }
    const entries = await store.list(artifact);
    if (!entries.ok) return lost(name);
    for (const entry of entries.value) {
      if (entry.type !== 'file') continue;
      const { exec, size, digest } = entry;
      const kept = await put(`${name}/${entry.path}`, { kind: 'file', exec, size, digest });
      if (!kept) return lost(`${name}/${entry.path}`);
    }
  }
  return ok(files);
}
