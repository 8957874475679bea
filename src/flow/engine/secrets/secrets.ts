import type { Failure, StageEvent } from '../../core/events.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance } from '../../pipeline/dag.ts';
import { missingSecretHint } from './missing-secrets.ts';
import type { Redactor } from './redactor.ts';

// Secrets come from the environment when a stage starts, and go to that stage alone. They are no part of
// keys: a token opens a door, it does not say what is behind it.

/** By name. A secret that is not set, or empty, is a failure: the stage could only fail later. */
export function secretsOf(
  instance: Instance,
  env: NodeJS.ProcessEnv,
): Result<Readonly<Record<string, string>>, Failure> {
  const values: Record<string, string> = {};
  for (const name of instance.secrets ?? []) {
    const value = env[name] ?? '';
    if (value === '') {
      return err({
        reason: 'spawn',
        message: `the secret ${name} is not set`,
        hint: missingSecretHint(name),
      });
    }
    values[name] = value;
  }
  return ok(values);
}

/** A stage may have made a file's name of its secret. Its log's tail was masked when it was written. */
export function redactFailure(failure: Failure, redactor: Redactor): Failure {
  return { ...failure, message: redactor.text(failure.message) };
}

export function redactEvent(event: StageEvent, redactor: Redactor): StageEvent {
  switch (event.type) {
    case 'note':
      return { ...event, text: redactor.text(event.text) };
    case 'metric':
      return { ...event, name: redactor.text(event.name) };
    case 'progress':
      return { ...event, unit: redactor.text(event.unit) };
  }
}
