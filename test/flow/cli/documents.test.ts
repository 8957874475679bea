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
    .map((line) =>
      line
        .trim()
        .replaceAll(/runs\/[^/]+/g, 'runs/…')
        .replace(/\S+\/bash: /, 'bash: '),
    );
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

test('docs/error-messages.md: how flow answers thirty mistakes, compared with DVC and Snakemake', async () => {
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
        if (answer === undefined) return 'does not apply';
        return answer.exit === 0 ? '**accepted**' : cell(answer.words);
      };
      rows.push(`| ${cell([name])} | ${cell(words)} | ${peer('dvc')} | ${peer('snakemake')} |`);
    } finally {
      project.remove();
    }
  }
  const text = `# Error messages

${GENERATED} This page compares the messages of flow with those of DVC ${versions.dvc} and Snakemake ${versions.snakemake} for thirty
mistakes. Each message of flow has the place of the mistake and says what to write instead or which command to use next.

flow finds all mistakes except the last three before anything runs, and exits with code 2. A failed stage is exit code 1. DVC
exits with code 255, Snakemake with 1. For an unknown option these are 254 and 2.

flow also prints the line of the file with a marker below the place; the table leaves that out. The messages of DVC and
Snakemake are without banners and stack frames, at most three lines each. The mistakes are in \`test/fixtures/mistakes.yaml\`, one
file per tool. \`test/bench/peer-errors.mjs\` recorded the messages of DVC and Snakemake.

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
  return ['| key | type | meaning |', '| --- | --- | --- |', ...rows(properties, '')].join('\n');
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

${GENERATED} Editors show the same texts from the JSON Schemas in \`schema/\`.

- The paths in \`include\` are relative to the including file. All other paths are relative to the project's root: the nearest
  folder above the pipeline file with \`flow.yaml\`, \`package.json\` or \`.git\` (\`--root\` sets another one).
- \`\${x}\` is the value of an axis of the stage or of a param. Commands can also use \`\${inputs.x}\` and \`\${outputs.x}\`. Write
  \`$\${\` for the text \`\${\`.
- An instance is written \`STAGE@axis=value,…\`, its output \`STAGE.OUTPUT@axis=value,…\`.

${parts.join('\n')}`;
  await expect(text).toMatchFileSnapshot(page('pipeline-files.md'));
});
