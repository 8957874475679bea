import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readProjectSettings } from '../../../src/flow/pipeline/read/project-file.ts';

// What editors read: the schemas that are published with the package.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');

interface Schema {
  readonly [key: string]: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

const schemas = new Map(
  readdirSync(path.join(root, 'schema'))
    .filter((name) => name.endsWith('.schema.json'))
    .map((name) => [name, JSON.parse(read(`schema/${name}`)) as Schema]),
);

/** `stage.retries.times`: every property anywhere in a schema. */
function properties(schema: Schema, at: string): [string, Schema][] {
  return Object.entries(schema).flatMap(([key, value]): [string, Schema][] => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
    if (key !== 'properties') return properties(value as Schema, `${at}.${key}`);
    return Object.entries(value as Readonly<Record<string, Schema>>).flatMap(
      ([name, property]): [string, Schema][] => [
        [`${at}.${name}`, property],
        ...properties(property, `${at}.${name}`),
      ],
    );
  });
}

describe.each([...schemas])('%s', (name, schema) => {
  test('is valid, and says what every property is', () => {
    expect(new Ajv2020({ strict: true, allowUnionTypes: true }).validateSchema(schema)).toBe(true);
    const all = properties(schema, name);
    expect(all.length).toBeGreaterThan(8);
    expect(all.filter(([, { description }]) => !description).map(([at]) => at)).toEqual([]);
  });
});

test('pipelines and flow.yaml of this project name a schema that is there, and fit it', () => {
  const pipelines = readdirSync(path.join(root, 'pipelines')).map((name) => `pipelines/${name}`);
  for (const file of [...pipelines, 'flow.yaml']) {
    const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)/.exec(read(file)) ?? [];
    const schema = schemas.get(path.basename(named));
    expect(path.posix.join(path.posix.dirname(file), path.posix.dirname(named))).toBe('schema');
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema ?? false);
    expect({ file, fits: validate(parse(read(file))), errors: validate.errors }).toEqual({
      file,
      fits: true,
      errors: null,
    });
  }
});

test('the schema of flow.yaml knows the settings that flow reads, and no others', () => {
  const known = Object.keys(schemas.get('flow.schema.json')?.properties ?? {});
  const values: Readonly<Record<string, string>> = { cache: 'x', pools: '{ gpu: 1 }' };
  for (const setting of known) {
    const refused = readProjectSettings('flow.yaml', `${setting}: ${values[setting] ?? '{}'}\n`);
    expect({ setting, ok: refused.ok }).toEqual({ setting, ok: true });
  }
  const unknown = readProjectSettings('flow.yaml', 'nonsense: 1\n');
  const hint = unknown.ok ? '' : (unknown.error[0]?.hint ?? '');
  expect(hint).toBe(`the settings are: ${known.join(', ')}`);
});
