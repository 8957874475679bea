import path from 'node:path';
import { ok } from '../../core/result.ts';
import { adopt } from '../../engine/adopt/adopt.ts';
import { madeText } from '../../report/changes/made-text.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  usage,
} from '../args/command.ts';
import { isThere, runOf, type Target, withTarget } from '../project/target.ts';

/** `flow adopt`: files that were made elsewhere become the result of an instance. */
export async function adoptCommand(args: Args, io: Io): Promise<Ended> {
  const folder = args.value('outputs');
  if (folder === undefined) {
    return usage('no-outputs', 'flow adopt needs the folder of the outputs', 'add --outputs DIR');
  }
  if (!args.has('file')) {
    const hint = 'add -f PIPELINE';
    return usage('no-pipeline', 'flow adopt needs the pipeline of the instance', hint);
  }
  const work = async (target: Target): Promise<Ended> => {
    const { instance, view } = target;
    const end = await adopt({
      ctx: view.context,
      instance,
      folder: path.resolve(io.cwd, folder),
      replace: args.has('force'),
    });
    switch (end.kind) {
      case 'refused':
        return refuse(2, ...end.diagnostics);
      case 'busy': {
        const message = `${instance.id} is being computed by ${end.holder}`;
        return refuse(1, { code: 'busy', message, hint: 'wait until it ends' });
      }
      case 'awaiting': {
        const message = `the inputs of ${instance.id} are not all in the cache; missing: ${end.on.join(', ')}`;
        return refuse(2, { code: 'awaiting', message, hint: runOf(target, args) });
      }
      case 'exists': {
        const { execution } = end.result;
        const made = madeText({ ...execution, at: execution.startedAt });
        const message = `${instance.id} has a result, made ${made}`;
        return usage('exists', message, 'add --force to replace it');
      }
      case 'adopted': {
        const { key, outputs } = end.result;
        if (args.has('json')) await printJson(io, { adopted: instance.id, key, outputs });
        else await printLines(io, [`${instance.id}: adopted ${Object.keys(outputs).join(', ')}`]);
        return ok(0);
      }
    }
  };
  return withTarget(args, io, isThere, work, { starts: true });
}
