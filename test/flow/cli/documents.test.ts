// Pages of docs/ that are made from what flow says, so that they cannot go stale: after a change,
// `npx vitest run test/flow/cli/documents.test.ts -u` writes them anew.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ToyProject } from './toy-project.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const page = (name: string): string => path.join(root, 'docs', name);

const GENERATED = 'Made by `test/flow/cli/documents.test.ts`: do not edit.';

interface Mistake {
  readonly name: string;
  readonly flow: { readonly file: string; readonly args?: readonly string[] };
}

interface PeerAnswers {
  readonly versions: Readonly<Record<'dvc' | 'snakemake', string>>;
  readonly answers: Readonly<
    Record<
      string,
      Readonly<Partial<Record<'dvc' | 'snakemake', { exit: number; words: readonly string[] }>>>
    >
  >;
}

interface FoundMistake {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly hint?: string;
}

/** What flow says, as its JSON has it; of a stage that fails, the lines of the failure. */
async function flowWords(project: ToyProject, args: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await project.flow(...args, '--json');
  const told = JSON.parse(stdout) as { diagnostics?: readonly FoundMistake[] };
  if (code === 2) {
    return (told.diagnostics ?? [])
      .slice(0, 2)
      .flatMap(({ file, line, column, message, hint }) => [
        `${file === undefined ? '' : `${file}:${line}:${column}: `}${message}`,
        ...(hint === undefined ? [] : [`hint: ${hint}`]),
      ]);
  }
  const from = stderr.indexOf('✖');
  return stderr
    .slice(from)
    .trim()
    .split('\n')
    .map((line) => line.trim().replaceAll(/runs\/[^/]+/g, 'runs/…'));
}

/** In a cell of a table. */
function cell(lines: readonly string[]): string {
  const escaped = lines
    .flatMap((line) => line.split('\n'))
    .map((line) =>
      line
        .trim()
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('|', '&#124;')
        .replaceAll(/([*_`$[\]{}])/g, '\\$1'),
    );
  return escaped.join('<br>');
}

test('docs/error-messages.md: what flow says to thirty mistakes, beside DVC and Snakemake', async () => {
  const mistakes = parse(read('test/fixtures/mistakes.yaml')) as readonly Mistake[];
  const { versions, answers } = JSON.parse(read('test/fixtures/peer-errors.json')) as PeerAnswers;
  expect(mistakes.length).toBeGreaterThanOrEqual(30);
  const rows: string[] = [];
  for (const { name, flow } of mistakes) {
    const project = new ToyProject({ 'data/words.txt': 'a\n', 'pipelines/pipe.yaml': flow.file });
    try {
      const words = await flowWords(project, flow.args ?? ['run', 'pipelines/pipe.yaml']);
      // Every mistake is refused, and with a place in the file or a word on what to do.
      expect({ name, words: words.length }).not.toEqual({ name, words: 0 });
      expect(words.join('\n')).toMatch(/:\d+:\d+: |hint: |✖ /);
      const peer = (tool: 'dvc' | 'snakemake'): string => {
        const answer = answers[name]?.[tool];
        if (answer === undefined) return 'no such thing';
        return answer.exit === 0 ? '**accepted**' : cell(answer.words);
      };
      rows.push(`| ${cell([name])} | ${cell(words)} | ${peer('dvc')} | ${peer('snakemake')} |`);
    } finally {
      project.remove();
    }
  }
  const text = `# What is said when something is wrong

${GENERATED} The mistakes stand in \`test/fixtures/mistakes.yaml\`, one for each tool; what DVC ${versions.dvc} and Snakemake
${versions.snakemake} answered was recorded by \`test/bench/peer-errors.mjs\` (their words without banners and stack frames, at most three
lines). flow also prints the line of the file with a marker below the place, left out here.

flow answers all of these but the last three before anything runs, with exit code 2; a stage that fails is exit code 1. Every
answer says where, and what to write instead or what to type next. DVC exits with 255, Snakemake with 1 (both: 254 and 2
for an unknown option).

| mistake | flow | DVC | Snakemake |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
  await expect(text).toMatchFileSnapshot(page('error-messages.md'));
});

interface Schema {
  readonly description?: string;
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

type Definitions = Readonly<Record<string, Schema>>;

/** Keys of keys follow theirs: `retries.times`. */
function keysTable(properties: Definitions, defs: Definitions): string {
  const rows = (of: Definitions, before: string): string[] =>
    Object.entries(of).flatMap(([key, schema]) => [
      `| \`${before}${key}\` | ${typeWords(schema, defs)} | ${cell([schema.description ?? ''])} |`,
      ...rows(schema.properties ?? {}, `${before}${key}.`),
    ]);
  return ['| key | type | |', '| --- | --- | --- |', ...rows(properties, '')].join('\n');
}

const WORDS: Readonly<Record<string, string>> = { object: 'mapping', string: 'text' };

/** `list of text, mapping`: in YAML's words. */
function typeWords(schema: Schema, defs: Definitions): string {
  if (schema.const !== undefined) return String(schema.const);
  const to = schema.$ref === undefined ? schema : defs[schema.$ref.slice('#/$defs/'.length)];
  return [to?.type ?? []]
    .flat()
    .map((type) => {
      if (type !== 'array') return WORDS[type] ?? type;
      return `list of ${to?.items ? typeWords(to.items, defs) : 'values'}`;
    })
    .join(', ');
}

test('docs/pipeline-files.md: every key of a pipeline and of flow.yaml', async () => {
  const parts = ['pipeline', 'flow'].map((name) => {
    const schema = JSON.parse(read(`schema/${name}.schema.json`)) as Schema;
    const inner = Object.entries(schema.$defs ?? {}).flatMap(
      ([def, { description, properties }]) =>
        properties
          ? [
              `### ${def}\n\n${description ?? ''}.\n\n${keysTable(properties, schema.$defs ?? {})}\n`,
            ]
          : [],
    );
    const heading = name === 'flow' ? 'flow.yaml' : 'A pipeline file';
    return `## ${heading}\n\n${schema.description ?? ''}.\n\n${keysTable(schema.properties ?? {}, schema.$defs ?? {})}\n\n${inner.join('\n')}`;
  });
  const text = `# Pipeline files, key by key

${GENERATED} The texts are those of the JSON Schemas in \`schema/\`, which editors show.

- Includes are relative to the including file; all other paths to the project's root: the nearest folder above the
  pipeline file with \`flow.yaml\`, \`package.json\` or \`.git\` (\`--root\`).
- \`\${x}\` is an axis of the stage or a param; in commands also \`\${inputs.x}\` and \`\${outputs.x}\`. \`$\${\` is a literal.
- An instance is written \`STAGE@axis=value,…\`, its output \`STAGE.OUTPUT@axis=value,…\`.

${parts.join('\n')}`;
  await expect(text).toMatchFileSnapshot(page('pipeline-files.md'));
});
