import type { EnvVar } from '../dag.ts';
import type { SourceFile } from '../source-file.ts';
import type { Place, Placed } from '../spec.ts';
import { child, type Tree } from '../yaml/tree.ts';
import type { Problems } from './problems.ts';
import { entriesOf, texts } from './read-values.ts';

/**
 * flow sets these paths for each attempt. With other values it would not find the stage's events
 * and leftover processes.
 */
const own: ReadonlySet<string> = new Set(['FLOW_STAGE', 'FLOW_EVENTS', 'TMPDIR']);

const ENV_NAME = /^[A-Za-z_]\w*$/;

export function readEnv(tree: Tree | undefined, file: SourceFile, problems: Problems): EnvVar[] {
  if (tree?.kind === 'list') {
    return texts(tree, file).map(({ value: name, place }) => {
      checkEnvName(name, place, problems);
      return { name, key: true };
    });
  }
  return entriesOf(tree).map((entry) => {
    checkEnvName(entry.key, { file, span: entry.keySpan }, problems);
    const key = child(entry.value, 'key');
    return { name: entry.key, key: key?.kind === 'scalar' ? key.value !== false : true };
  });
}

/** The stage's own declaration of a variable counts. */
export function withShared(own: readonly EnvVar[], shared: readonly EnvVar[]): readonly EnvVar[] {
  const names = new Set(own.map(({ name }) => name));
  return [...shared.filter(({ name }) => !names.has(name)), ...own];
}

/** `NAME=value` would pass no variable, without any message. */
function checkEnvName(name: string, place: Place, problems: Problems): void {
  if (!ENV_NAME.test(name)) {
    const message = `'${name}' is not a valid name of an environment variable`;
    const [, only, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(name) ?? [];
    const hint =
      only === undefined
        ? 'write env: [NAME] to pass a variable of flow’s own environment'
        : `write env: [${only}] to pass the variable of flow’s own environment; to set a value here, put it into the command: env ${only}=${value}`;
    problems.at(place, 'bad-env', message, hint);
  }
  refuseOwn(name, place, 'bad-env', problems);
}

function refuseOwn(name: string, place: Place, code: string, problems: Problems): void {
  if (!own.has(name)) return;
  const message = `'${name}' is reserved: flow sets it for every attempt`;
  problems.at(place, code, message, 'remove it, or pass its value under another name');
}

/** Each secret once: a stage can list one that its file also lists. */
export function readSecrets(
  declared: readonly Placed<string>[],
  env: readonly EnvVar[],
  problems: Problems,
): string[] {
  for (const { value, place } of declared) {
    if (!ENV_NAME.test(value)) {
      const message = `'${value}' is not a valid name of an environment variable`;
      problems.at(
        place,
        'bad-secret',
        message,
        'write only the names of variables under secrets:, not their values',
      );
    } else if (env.some(({ name }) => name === value)) {
      const message = `'${value}' is declared both as a secret and under env:, which puts it into the key`;
      problems.at(place, 'bad-secret', message, 'keep one of them');
    }
    refuseOwn(value, place, 'bad-secret', problems);
  }
  return [...new Set(declared.map(({ value }) => value))];
}
