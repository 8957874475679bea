import type { Instance } from '../../pipeline/dag.ts';

/** A secret that is not set, or empty. */
export interface MissingSecret {
  readonly name: string;
  /** The stages that need it, in the order of the pipeline. */
  readonly stages: readonly string[];
}

/** `instances`: those that may have to run. A hit needs no secret. */
export function missingSecrets(
  instances: Iterable<Pick<Instance, 'stage' | 'secrets'>>,
  env: NodeJS.ProcessEnv,
): readonly MissingSecret[] {
  const missing = new Map<string, Set<string>>();
  for (const { stage, secrets = [] } of instances) {
    for (const name of secrets) {
      if ((env[name] ?? '') !== '') continue;
      const stages = missing.get(name) ?? new Set();
      missing.set(name, stages.add(stage));
    }
  }
  return Array.from(missing, ([name, stages]) => ({ name, stages: [...stages] }));
}

export function missingSecretMessage({ name, stages }: MissingSecret): string {
  const need = stages.length === 1 ? 'needs' : 'need';
  return `the secret ${name} is not set, and ${stages.join(', ')} ${need} it when it runs`;
}

export const missingSecretHint = (name: string): string =>
  `set it in flow’s environment: export ${name}=…`;
