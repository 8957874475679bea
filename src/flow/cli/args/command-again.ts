import { shellQuote } from '../../core/names.ts';
import type { Args } from './command.ts';

/** How a person here calls flow: what a message tells to type must work as it stands. */
export function programName(env: NodeJS.ProcessEnv): string {
  return env['npm_command'] === 'exec' ? 'npx flow' : 'flow';
}

const KEPT = ['param', 'profile', 'params-file', 'root', 'cache'] as const;

/** `flow run PIPELINE` under the same overrides, for a target that is appended. */
export function commandAgain(
  args: Args,
  env: NodeJS.ProcessEnv,
  file: string,
): (target?: string) => string {
  const options = resultOptions(args);
  return (target) =>
    [
      programName(env),
      ...['run', file, ...(target === undefined ? [] : [target]), ...options].map(shellQuote),
    ].join(' ');
}

/** The options that decide what is computed, and where; not how many at once or how it is shown. */
export function resultOptions(args: Args): readonly string[] {
  const options = KEPT.flatMap((name) =>
    args.values(name).flatMap((value) => [name === 'param' ? '-p' : `--${name}`, value]),
  );
  return args.has('sandbox') ? [...options, '--sandbox'] : options;
}
