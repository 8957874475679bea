import type { InstanceId } from '../../core/ids.ts';
import { artifactName } from '../../core/names.ts';
import { ok, type Result } from '../../core/result.ts';
import { resultKeys, type View } from '../../inspect/view.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { findInstance } from '../../pipeline/find-instance.ts';
import { parseReference } from '../../pipeline/instance-id.ts';
import { formatAge, formatBytes, plural, shortDigest } from '../../report/format.ts';
import { styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  usage,
  type Refusal,
} from '../args/command.ts';
import { withSession } from '../project/session.ts';
import { openView } from '../project/run-view.ts';

/** `flow ls`: the artifacts of a run, or of a part of it. */
export async function lsCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const view = await openView(args, session);
    if (!view.ok) return view;
    const chosen = choose(view.value, args.operands[0]);
    if (!chosen.ok) return chosen;
    const rows = await artifactsOf(view.value, chosen.value);
    if (args.has('json')) {
      const run = view.value.record?.run_id;
      await printJson(io, { ...(run !== undefined && { run_id: run }), artifacts: rows });
      return ok(0);
    }
    const titles = [
      { title: 'ARTIFACT' },
      { title: 'SIZE', right: true },
      { title: 'AGE', right: true },
      { title: 'DIGEST' },
    ];
    const cells = rows.map((row) => [
      row.reference,
      formatBytes(row.size),
      formatAge(io.clock() - Date.parse(row.made)),
      shortDigest(row.digest),
    ]);
    if (rows.length > 0)
      await printLines(io, table(titles, cells, styleFor(io.stdout, io.env).dim));
    const made = new Set(rows.map(({ id }) => id)).size;
    // One without outputs has nothing to list.
    const listed = chosen.value.instances.filter(({ outputs }) => outputs.length > 0);
    const without = listed.length - made;
    if (without > 0) {
      const them = made === 0 ? '' : 'more ';
      io.stderr.write(`${plural(without, `${them}instance`)} without a result\n`);
    }
    return ok(0);
  });
}

interface Choice {
  readonly instances: readonly Instance[];
  readonly output?: string;
}

/** A list can match several instances. */
function choose(view: View, text: string | undefined): Result<Choice, Refusal> {
  const { dag } = view.context;
  if (text === undefined) return ok({ instances: dag.instances });
  const found = findInstance(dag, text);
  switch (found.kind) {
    case 'none':
      return usage('unknown-instance', found.message, found.hint);
    case 'one': {
      const { instance, output } = found;
      return ok({ instances: [instance], ...(output !== undefined && { output }) });
    }
    case 'many': {
      const output = parseReference(text)?.output;
      const ids = new Set(found.candidates.map(withoutOutput));
      const instances = dag.instances.filter(({ id }) => ids.has(id));
      return ok({ instances, ...(output !== undefined && { output }) });
    }
  }
}

/** `finetune.metrics@num=500` -> `finetune@num=500`. */
function withoutOutput(reference: string): InstanceId {
  const stage = parseReference(reference)?.stage ?? reference;
  const at = reference.indexOf('@');
  return (at === -1 ? stage : stage + reference.slice(at)) as InstanceId;
}

async function artifactsOf(view: View, { instances, output }: Choice) {
  const keys = await resultKeys(view);
  const rows = [];
  for (const { id, outputs } of instances) {
    const key = keys.get(id);
    const result = key && (await view.store.action(key));
    for (const { name, kind: meaning } of result ? outputs : []) {
      const artifact = result?.outputs[name];
      if (!artifact || (output !== undefined && output !== name)) continue;
      rows.push({
        id,
        output: name,
        reference: artifactName(id, name),
        ...(meaning !== undefined && { meaning }),
        kind: artifact.kind,
        size: artifact.size,
        digest: artifact.digest,
        made: madeAt(result),
      });
    }
  }
  return rows;
}

/** When it was complete, in ISO 8601. */
function madeAt({ execution }: ActionResult): string {
  return new Date(Date.parse(execution.startedAt) + execution.wallMs).toISOString();
}
