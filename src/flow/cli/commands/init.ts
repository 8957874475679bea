import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../store/disk/files.ts';
import { ok } from '../../core/result.ts';
import { shellQuote } from '../../core/names.ts';
import { programName } from '../args/command-again.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from '../args/command.ts';
import { notBelowFile } from '../project/destination.ts';

/** In the package next to dist/. */
const TEMPLATE = ['templates', 'init'];

/** `flow init`: writes a small working project that the user changes. */
export async function initCommand(args: Args, io: Io): Promise<Ended> {
  const [given = '.'] = args.operands;
  const folder = path.resolve(io.cwd, given);
  const below = notBelowFile(io, folder);
  if (below !== undefined) return below;
  const template = templateFolder();
  // An existing .gitignore does not change.
  const ignored = existsSync(path.join(folder, '.gitignore'));
  const files = filesOf(template).filter(({ name }) => name !== '.gitignore' || !ignored);
  const taken = files.map(({ name }) => name).filter((name) => existsSync(path.join(folder, name)));
  if (taken.length > 0) {
    const hint = 'choose another folder, or move these files: flow init overwrites nothing';
    const message = `these files already exist: ${taken.map((name) => path.join(given, name)).join(', ')}`;
    return refuse(2, { code: 'exists', message, hint });
  }
  const modeline = modelineFor(folder, template);
  for (const { name, from } of files) {
    const text = readFileSync(from, 'utf8');
    const file = path.join(folder, name);
    makeFolder(path.dirname(file));
    writeFileSync(file, name.startsWith('pipelines/') ? modeline + text : text);
  }
  const names = files.map(({ name }) => path.join(given, name));
  if (args.has('json')) {
    await printJson(io, { ok: true, files: names });
    return ok(0);
  }
  const go = given === '.' ? '' : `cd ${shellQuote(given)} && `;
  await printLines(io, [
    ...names,
    '',
    ...(ignored ? [`add to .gitignore: ${ignoredNames(template).join(' ')}`] : []),
    `next: ${go}${programName(io.env)} run pipelines/example.yaml`,
  ]);
  return ok(0);
}

/** Above dist/, both in this project and in an installed package. */
function templateFolder(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ;) {
    const template = path.join(folder, ...TEMPLATE);
    if (existsSync(template)) return template;
    const above = path.dirname(folder);
    if (above === folder) throw new Error('the package is incomplete: templates/init is missing');
    folder = above;
  }
}

function ignoredNames(template: string): readonly string[] {
  return readFileSync(path.join(template, 'gitignore'), 'utf8').trim().split('\n');
}

function filesOf(template: string): readonly { readonly name: string; readonly from: string }[] {
  return readdirSync(template, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
    .map((from) => {
      const name = path.relative(template, from).split(path.sep).join('/');
      // npm leaves every .gitignore out of a package.
      return { name: name === 'gitignore' ? '.gitignore' : name, from };
    });
}

/** For editors, where the package lies in the project or above it; elsewhere a path would not hold. */
function modelineFor(folder: string, template: string): string {
  const schema = path.resolve(template, '..', '..', 'schema', 'pipeline.schema.json');
  const relative = path.relative(path.join(folder, 'pipelines'), schema).split(path.sep).join('/');
  return /^(?:\.\.\/)+node_modules\//.test(relative)
    ? `# yaml-language-server: $schema=${relative}\n`
    : '';
}
