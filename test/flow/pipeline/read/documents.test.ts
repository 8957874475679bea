// Files that params name: checked against a JSON Schema, and searched for paths.
import { describe, expect, test } from 'vitest';
import { dagOf, instanceOf, told } from '../project.ts';

const SCHEMA = JSON.stringify({
  type: 'object',
  required: ['tasks'],
  properties: {
    tasks: {
      type: 'object',
      description: 'Name -> a task',
      propertyNames: { pattern: '^[a-z]+$' },
      additionalProperties: {
        type: 'object',
        required: ['files'],
        additionalProperties: false,
        properties: {
          files: { type: 'object', description: 'split -> path' },
          format: { enum: ['csv', 'jsonl'] },
        },
      },
    },
  },
});

const PIPELINE = `version: 1
params:
  tasks_file: { default: data/tasks.yaml, type: path, schema: ./schema.json }
  tasks: [a, b]
stages:
  one:
    matrix: { task: '\${tasks}' }
    sh: 'echo > \${outputs.o}'
    inputs: { files: { listed: '\${tasks_file}', at: [tasks, '\${task}', files] } }
    outputs: { o: o }
  all:
    sh: 'echo > \${outputs.o}'
    inputs: { files: { listed: '\${tasks_file}', at: [tasks, '\${tasks}', files, train] } }
    outputs: { o: o }
`;

const TASKS = `tasks:
  a:
    files: { train: [a/1.csv, ../2.csv], dev: { path: a/dev.csv, header: false } }
  c: { files: { train: c.csv } }
`;

const project = (change: Readonly<Record<string, string>> = {}) => ({
  'main.yaml': PIPELINE,
  'schema.json': SCHEMA,
  'data/tasks.yaml': TASKS,
  ...change,
});

const sources = async (id: string, change: Readonly<Record<string, string>> = {}, set: readonly string[] = []) => {
  const { inputs } = await instanceOf(id, project(change), { set });
  return inputs.map((input) => (input.kind === 'source' ? `${input.name} ${input.path}` : input.kind));
}; // prettier-ignore

describe('the inputs that a file lists', () => {
  test('are one source for each path, relative to the file', async () => {
    expect(await sources('one@task=a')).toEqual([
      'files.train.0 data/a/1.csv',
      'files.train.1 2.csv',
      'files.dev data/a/dev.csv',
    ]);
  });

  test('are none where the file has nothing at the place, or the param is null', async () => {
    expect(await sources('one@task=b')).toEqual([]);
    const nullable = PIPELINE.replace('default: data/tasks.yaml', 'default: null');
    expect(await sources('one@task=a', { 'main.yaml': nullable })).toEqual([]);
  });

  test('are those of all values where a step is a list', async () => {
    expect(await sources('all', {}, ['tasks=c,a'])).toEqual([
      'files.c data/c.csv',
      'files.a.0 data/a/1.csv',
      'files.a.1 2.csv',
    ]);
  });

  test('can be written in JSON, and as absolute paths', async () => {
    const json = '{ "tasks": { "a": { "files": { "dev": "/x/../dev.csv" } } } }';
    expect(await sources('one@task=a', { 'data/tasks.yaml': json })).toEqual([
      'files.dev /dev.csv',
    ]);
  });

  test('have their place in the file, for the message that one is missing', async () => {
    const { instances } = await dagOf(project());
    const dev = instances.flatMap(({ inputs }) => inputs).find(({ name }) => name === 'files.dev');
    expect(dev).toMatchObject({ location: { file: 'data/tasks.yaml', line: 3, column: 55 } });
  });

  test('must be texts, of a file with a schema', async () => {
    const number = TASKS.replace('c.csv', '7');
    expect(await told(project({ 'data/tasks.yaml': number }), { set: ['tasks=c'] })).toEqual([
      "wrong-type 4:24 input 'files.c' needs a path here, not 7 | write the path of a file, relative to this file",
      "wrong-type 4:24 input 'files.train' needs a path here, not 7 | write the path of a file, relative to this file",
    ]);
    const plain = PIPELINE.replace(', schema: ./schema.json', '');
    expect((await told(project({ 'main.yaml': plain })))[0]).toBe(
      "not-a-document 13:32 input 'files' lists files of '${tasks_file}', which is not a param with a schema | there are no params",
    );
  });
});

const mistakes = (text: string) => told(project({ 'data/tasks.yaml': text }));

describe('a file that a param names', () => {
  test.each([
    ['tasks: { a: { filse: {} } }', [
      "missing-key 1:10 'tasks.a' has no 'files' | add files: (split -> path)",
      "unknown-key 1:15 unknown key 'filse' in 'tasks.a' | did you mean 'files'?",
    ]],
    ['tasks: { a: { files: {}, format: json } }', [
      "wrong-value 1:34 'tasks.a.format' must be one of csv, jsonl, not the string 'json' | did you mean 'jsonl'?",
    ]],
    ['tasks: [a]', ["wrong-type 1:8 'tasks' must be a mapping, not a list | Name -> a task"]],
    ['tasks: { A: { files: {} } }', ["bad-name 1:10 'A' cannot be a key of 'tasks'"]],
    ['{}', ["missing-key 1:1 the file has no 'tasks' | add tasks: (Name -> a task)"]],
    ['tasks: {', ["yaml 1:9 a flow mapping is not closed | close it with '}'"]],
  ] as const)('is checked against its schema: %s', async (text, expected) => {
    const found = await mistakes(text);
    expect(found.map((line) => line.replace(/^yaml.*/s, 'yaml'))).toEqual(expected.map((line) => line.replace(/^yaml.*/s, 'yaml')));
  }); // prettier-ignore

  test('must exist, and so must its schema', async () => {
    const { 'data/tasks.yaml': _, ...without } = project();
    expect(await told(without)).toEqual([
      "no-file 3:3 there is no file for param 'tasks_file': data/tasks.yaml | write a path relative to the root of the project",
    ]);
    expect(await told(project(), { set: ['tasks_file=data/taks.yaml'] })).toEqual([
      "no-file there is no file for param 'tasks_file': data/taks.yaml (-p tasks_file=data/taks.yaml) | write a path relative to the root of the project",
    ]);
    const { 'schema.json': __, ...schemaless } = project();
    expect(await told(schemaless)).toEqual([
      'no-file 3:63 there is no JSON Schema ./schema.json | write a path relative to the root of the project',
    ]);
    expect((await told(project({ 'schema.json': '{ "type": 7 }' })))[0]).toMatch(
      /^bad-schema 1:1 schema\.json is not a JSON Schema: /,
    );
  });

  test('is one file: only a param of type path can have a schema', async () => {
    const text = PIPELINE.replace('type: path', 'type: string');
    expect((await told(project({ 'main.yaml': text })))[0]).toBe(
      "wrong-type 3:65 param 'tasks_file' has a schema, but its type is string | write type: path",
    );
  });
});
