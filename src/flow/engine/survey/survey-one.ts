import type { Instance } from '../../pipeline/dag.ts';
import { withAncestors } from '../../pipeline/needs.ts';
import type { EngineContext } from '../context.ts';
import { ActionResolver } from './resolve-action.ts';
import { survey } from './survey.ts';
import type { Surveyed } from './survey.ts';
import { SurveyMemo } from './survey-memo.ts';

/** One instance as if it had no result, so that its action is known. Only its ancestors are looked at, too. */
export async function surveyOne(
  ctx: EngineContext,
  instance: Instance,
): Promise<Exclude<Surveyed, { readonly state: 'hit' }>> {
  const dag = { ...ctx.dag, instances: withAncestors(ctx.dag, instance) };
  const memo = await SurveyMemo.open(ctx);
  const surveyed = await survey({ ...ctx, dag }, new ActionResolver(ctx), memo, [instance.id]);
  const found = surveyed.get(instance.id);
  if (found === undefined || found.state === 'hit') {
    throw new Error(`Internal error: ${instance.id} was not forced`);
  }
  return found;
}
