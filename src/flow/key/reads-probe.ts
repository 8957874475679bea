import type { Instance } from '../pipeline/dag.ts';

/** The probe's result is in the key of this instance, so optional packages need not be. */
export function readsProbe(instance: Instance): boolean {
  return instance.inputs.some((input) => {
    switch (input.kind) {
      case 'artifact':
        return input.from.instance.startsWith('probe.');
      case 'collect':
        return input.items.some(({ from }) => from.instance.startsWith('probe.'));
      case 'source':
        return false;
    }
  });
}
