import type { ActionKey } from '../../core/ids.ts';
import { actionKey } from '../../key/action/action-key.ts';
import { buildManifest } from '../../key/action/build-manifest.ts';
import type { Store } from '../../store/store.ts';
import type { ActionFacts } from './resolve-action.ts';

// A Python package from an index counts by name and version. If its index gives other files under the same
// version, the key alone does not tell: the record of the result does.

export interface Keyed {
  /** Those of the key. */
  readonly facts: ActionFacts;
  readonly key: ActionKey;
}

/** The key of an action; with the files of its packages, if the plain one was made with other files. */
export async function keyed(
  facts: ActionFacts,
  known: ActionKey | undefined,
  store: Pick<Store, 'action'>,
): Promise<Keyed> {
  const { byVersion } = facts.code;
  if (byVersion === undefined) return { facts, key: known ?? actionKey(buildManifest(facts)) };
  const plain = actionKey(buildManifest(facts));
  const before = (await store.action(plain))?.provenance.byVersion ?? {};
  const differs = Object.entries(byVersion).some(
    ([name, files]) => before[name] !== undefined && before[name] !== files,
  );
  if (!differs) return { facts, key: plain };
  const packages = facts.code.packages?.map((each) => {
    const content = byVersion[each.name];
    return content === undefined ? each : { ...each, content };
  });
  const told = { ...facts, code: { ...facts.code, ...(packages && { packages }) } };
  return { facts: told, key: actionKey(buildManifest(told)) };
}
