import { shellQuote } from '../../core/names.ts';
import type { Args } from './command.ts';

/** The command that calls flow here. Commands in messages must work unchanged. */
export function programName(env: NodeJS.ProcessEnv): string {
  return env['npm_command'] === 'exec' ? 'npx flow' : 'flow';
}

const OVERRIDES = ['param', 'profile', 'params-file'] as const;
const PLACES = ['root', 'cache'] as const;

/** `flow WORD…`, quoted for a shell. */
export function commandText(env: NodeJS.ProcessEnv, words: readonly string[]): string {
  return [programName(env), ...words.map(shellQuote)].join(' ');
}

/** `flow WORD…` for the run or the pipeline of this command line. */
export function lookAgain(args: Args, env: NodeJS.ProcessEnv, ...words: readonly string[]): string {
  const options = spelled(args, ['run', 'file', ...OVERRIDES, ...PLACES]);
  return commandText(env, [...words, ...options]);
}

/** `flow WORD…` for the project and cache of this command line. */
export function commandHere(
  args: Args,
  env: NodeJS.ProcessEnv,
): (...words: readonly string[]) => string {
  const places = spelled(args, PLACES);
  return (...words) => commandText(env, [...words, ...places]);
}

/** `flow run PIPELINE` with the same overrides for one target. `rerun`: the instances of --rerun. */
export function commandAgain(
  args: Args,
  env: NodeJS.ProcessEnv,
  file: string,
  rerun: readonly string[] = [],
): (target?: string) => string {
  const options = resultOptions(args);
  return (target) => {
    const reruns =
      target === undefined
        ? spelled(args, ['rerun'])
        : rerun.includes(target)
          ? ['--rerun', target]
          : [];
    const words = target === undefined ? [] : [target];
    return commandText(env, ['run', file, ...words, ...options, ...reruns]);
  };
}

/** The options that determine the results and their place; not --jobs or the display. */
export function resultOptions(args: Args): readonly string[] {
  const options = [...overrideOptions(args), ...spelled(args, PLACES)];
  const flags = ['sandbox', 'no-exports'].filter((name) => args.has(name));
  return [...options, ...flags.map((name) => `--${name}`)];
}

/** The options that set params. */
export function overrideOptions(args: Args): readonly string[] {
  return spelled(args, OVERRIDES);
}

const SHORT: Readonly<Record<string, string>> = { param: '-p', file: '-f' };

function spelled(args: Args, names: readonly string[]): readonly string[] {
  return names.flatMap((name) =>
    args.values(name).flatMap((value) => [SHORT[name] ?? `--${name}`, value]),
  );
}
