import { createReadStream, existsSync, statSync } from 'node:fs';
import type { InstanceId } from '../../core/ids.ts';
import { ok } from '../../core/result.ts';
import { type Args, type Ended, type Io, printJson, refuse, usage } from '../args/command.ts';
import { followLog } from '../inspect/follow-log.ts';
import { shownPath } from '../project/project.ts';
import { type Session, withSession } from '../project/session.ts';
import { findTarget, keysOf, type Target } from '../project/target.ts';

/** `flow log`: what an instance wrote, in its last attempt. */
export async function logCommand(typed: Args, io: Io): Promise<Ended> {
  const args = withFile(typed);
  if (args.operands.length > 1) {
    const [, extra] = args.operands;
    return usage('extra-operand', `flow log does not take '${extra}'`, 'usage: flow log INSTANCE');
  }
  return withSession(args, io, undefined, async (session) => {
    const target = await findTarget(args, session, args.operands[0] ?? '');
    if (!target.ok) return target;
    const { id } = target.value.instance;
    const { record } = target.value.view;
    if (args.has('follow')) {
      if (args.has('json') || args.has('path')) {
        return usage('bad-options', '--follow cannot be used with --json or --path');
      }
      if (!record) return usage('bad-options', '--follow cannot be used with --file');
      const followed = await followLog(session.runs, record, id, io);
      if (followed.kind === 'ended') return ok(0);
      if (followed.kind === 'over') {
        io.stderr.write(`${id}: run ${record.run_id} has ended\n`);
        return ok(0);
      }
    }
    const file = await findLog(session, target.value);
    if (file === undefined) {
      const message = `there is no log of ${id}`;
      return refuse(1, {
        code: 'no-log',
        message,
        hint: `use flow show ${id} to see which run computed it`,
      });
    }
    const shown = shownPath(io, session.project.root, file);
    if (args.has('json')) await printJson(io, { id, path: shown });
    else if (args.has('path')) await io.out(`${shown}\n`);
    else if (statSync(file).size === 0)
      io.stderr.write(`${id} wrote nothing (${shown} is empty)\n`);
    else for await (const chunk of createReadStream(file)) await io.out(chunk as Uint8Array);
    return ok(0);
  });
}

/** `-f` with a pipeline beside the instance is --file, as in other commands; alone it follows. */
function withFile(args: Args): Args {
  const pipeline = args.operands.find((word) => /\.ya?ml$/.test(word));
  if (!args.has('follow') || args.operands.length !== 2 || pipeline === undefined) return args;
  return {
    operands: args.operands.filter((word) => word !== pipeline),
    has: (name) => (name === 'file' ? true : name !== 'follow' && args.has(name)),
    value: (name) => (name === 'file' ? pipeline : args.value(name)),
    values: (name) => (name === 'file' ? [pipeline] : args.values(name)),
  };
}

/** In the run that is looked at; of a hit, in the run that computed it. */
export async function findLog(session: Session, target: Target): Promise<string | undefined> {
  const { view, instance } = target;
  if (view.record) {
    const own = lastAttempt(session, view.record.run_id, instance.id);
    if (own !== undefined) return own;
  }
  const key = (await keysOf(view)).get(instance.id);
  const result = key && (await session.store.action(key));
  if (!result) return undefined;
  // Under the name of the instance that was computed: equal keys share a result.
  const id = result.provenance.instance as InstanceId;
  return lastAttempt(session, result.execution.run, id);
}

function lastAttempt(session: Session, run: string, id: InstanceId): string | undefined {
  let found: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const path = session.runs.logPath(run, id, attempt);
    if (!existsSync(path)) return found;
    found = path;
  }
}
