import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Diagnostic } from '../../../src/flow/core/diagnostic.ts';
import { formAt } from '../../../src/flow/pipeline/yaml/schema-forms.ts';
import { problemsOf } from './project.ts';

// What a person gets wrong in a pipeline, and that every answer says where, and what to write instead.

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

const STAGE_A = '{ sh: "date > ${outputs.x}", outputs: { x: x } }';

/** The mistake in a pipeline that has a stage `a` beside it. */
function pipeline(body: string): string {
  const head = /^version:/m.test(body) ? '' : 'version: 1\n';
  if (!/^stages/m.test(body)) return `${head}${body}stages: { a: ${STAGE_A} }\n`;
  return (
    head +
    body
      .replace(/^stages:\n(  \w)/m, `stages:\n  a: ${STAGE_A}\n$1`)
      .replace(/^stages: \{ (?!a:)/m, `stages: { a: ${STAGE_A}, `)
  );
}

const mistakes = Object.entries(
  parse(read('test/fixtures/more-mistakes.yaml')) as Readonly<Record<string, string>>,
);

const answers = new Map<string, readonly Diagnostic[]>();

beforeAll(async () => {
  for (const [name, body] of mistakes) answers.set(name, await problemsOf(pipeline(body)));
});

test.each(mistakes)('%s', (name) => {
  const found = answers.get(name) ?? [];
  expect(found).not.toEqual([]);
  for (const { hint, location } of found) {
    expect(hint).toBeTruthy();
    expect(location).toBeDefined();
  }
});

test('the answers, word for word', () => {
  const lines = [...answers].flatMap(([name, found]) => [
    name,
    ...found.map(({ message, hint, location: at }) => {
      return `    ${at?.line}:${at?.column} ${message}\n        hint: ${hint}`;
    }),
  ]);
  expect(lines.join('\n')).toMatchSnapshot();
});

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

test('every place of the schema has a form that a hint can show', () => {
  const schema = JSON.parse(read('schema/pipeline.schema.json')) as Schema & {
    readonly $defs: Readonly<Record<string, Schema>>;
  };
  const lacking: string[] = [];
  const walk = (at: Schema, path: readonly string[]): void => {
    // Params take values of all kinds; a case is an input again.
    if (path[0] === 'params' && path.length > 1) return;
    if (path.filter((step) => step === 'cases').length > 1) return;
    if (formAt(path) === undefined) lacking.push(path.join('/'));
    const {
      properties = {},
      additionalProperties,
      items,
    } = at.$ref === undefined ? at : (schema.$defs[at.$ref.slice('#/$defs/'.length)] ?? {});
    for (const [key, below] of Object.entries(properties)) walk(below, [...path, key]);
    if (typeof additionalProperties === 'object')
      walk(additionalProperties, [...path, 'some-name']);
    if (items !== undefined) walk(items, [...path, '0']);
  };
  walk(schema, []);
  expect(lacking).toEqual([]);
});
