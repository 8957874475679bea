import { createReadStream, statSync } from 'node:fs';
import type { InstanceId } from '../../core/ids.ts';
import { ok } from '../../core/result.ts';
import { followLog } from '../../inspect/follow-log.ts';
import { findLog } from '../../inspect/logs.ts';
import { cacheOfLog, LogPaths } from '../../store/log-paths.ts';
import { formatDuration } from '../../report/format.ts';
import { type Args, type Ended, type Io, printJson, refuse, usage } from '../args/command.ts';
import { lookAgain } from '../args/command-again.ts';
import { shownPath } from '../project/project.ts';
import type { Session } from '../project/session.ts';
import { hasLog, withTarget } from '../project/target.ts';

/** `flow log`: prints the log of an instance's last attempt. */
export async function logCommand(typed: Args, io: Io): Promise<Ended> {
  const args = withFile(typed);
  if (args.operands.length > 1) {
    const [, extra] = args.operands;
    return usage('extra-operand', `flow log does not take '${extra}'`, 'usage: flow log INSTANCE');
  }
  return withTarget(args, io, hasLog, async ({ session, view, instance: { id } }) => {
    const { record } = view;
    if (args.has('follow')) {
      if (args.has('json') || args.has('path')) {
        return usage('bad-options', '--follow cannot be used with --json or --path');
      }
      if (!record) return usage('bad-options', '--follow cannot be used with --file');
      if (await printLive(session, record.run_id, id)) return ok(0);
    }
    const file = await findLog(view, id);
    if (file === undefined) {
      const message = `there is no log of ${id}`;
      return refuse(1, {
        code: 'no-log',
        message,
        hint: `use ${lookAgain(args, io.env, 'show', id)} to see which run computed it`,
      });
    }
    const shown = shownPath(io, session.project.root, file);
    if (args.has('json')) await printJson(io, { id, path: shown });
    else if (args.has('path')) await io.out(`${shown}\n`);
    else if (statSync(file).size === 0)
      io.stderr.write(`${id} wrote nothing (${shown} is empty)\n`);
    else await printLog(file, io);
    return ok(0);
  });
}

async function printLog(file: string, io: Io): Promise<void> {
  const paths = new LogPaths(cacheOfLog(file));
  for await (const chunk of createReadStream(file)) await io.out(paths.push(chunk as Uint8Array));
  await io.out(paths.end());
}

/** `-f` with a pipeline means --file, as in other commands; alone it means --follow. */
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

/** Prints what is no output of the stage to stderr. false: it is a hit, so this run writes no log of it. */
async function printLive({ runs, io }: Session, run: string, id: InstanceId): Promise<boolean> {
  const say = (text: string): void => void io.stderr.write(`${id}: ${text}\n`);
  for await (const news of followLog(runs, run, id)) {
    switch (news.kind) {
      case 'waiting':
        say('has not started; waiting');
        break;
      case 'attempt':
        say(`attempt ${news.attempt}`);
        break;
      case 'bytes':
        await io.out(news.bytes);
        break;
      case 'over':
        say(`run ${run} has ended`);
        break;
      case 'finished': {
        const { outcome, failure, wallMs } = news.event;
        if (outcome === 'hit') return false;
        say(`${outcome}${failure ? `: ${failure.message}` : ''} after ${formatDuration(wallMs)}`);
      }
    }
  }
  return true;
}
