import type { InstanceId } from '../../core/ids.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Dag } from '../../pipeline/dag.ts';
import { findInstances } from '../../pipeline/resolve/find-instances.ts';
import { type Args, type Refusal, usage } from '../args/command.ts';

/** The instances of --rerun. */
export function rerunOf(args: Args, dag: Dag): Result<readonly InstanceId[], Refusal> {
  const [, ...targets] = args.operands;
  const ids = new Set<InstanceId>();
  for (const name of args.values('rerun')) {
    const found = findInstances(dag, name);
    if (!found.ok) {
      const { message, hint } = found.error;
      const also = targets.length > 0 ? '; this run has only what its targets need' : '';
      return usage('unknown-instance', `--rerun: ${message}`, `${hint ?? ''}${also}`);
    }
    for (const id of found.value) ids.add(id);
  }
  return ok([...ids]);
}
