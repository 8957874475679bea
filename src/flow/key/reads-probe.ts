import type { Instance } from '../pipeline/dag.ts';

/**
 * Such an instance is told what the machine has, and the fact is in its key: that an optional package is
 * installed is then not its concern.
 */
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
