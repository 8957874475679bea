// What DVC and Snakemake say to the mistakes of test/fixtures/mistakes.yaml, into peer-errors.json beside it:
//   python3 -m venv peers && peers/bin/pip install dvc snakemake && node test/bench/peer-errors.mjs peers/bin
// docs/error-messages.md sets it beside what flow says; its test runs flow alone.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const bin = path.resolve(process.argv[2] ?? 'peers/bin');
const fixture = (name) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const mistakes = parse(readFileSync(fixture('mistakes.yaml'), 'utf8'));
const peers = {
  dvc: { file: 'dvc.yaml', args: ['repro'], init: ['init', '--no-scm', '-q'] },
  snakemake: { file: 'Snakefile', args: ['--cores', '1'] },
};
const env = {
  PATH: `${bin}:${process.env.PATH}`,
  HOME: tmpdir(),
  NO_COLOR: '1',
  COLUMNS: '200',
  DVC_NO_ANALYTICS: '1',
};

function run(program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(path.join(bin, program), args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { exit: status, said: `${stdout}${stderr}`.replaceAll(cwd, '.') };
}

/** Words of an error, without banners, usage texts, excerpts, stack frames and this machine's paths. */
function wordsOf({ exit, said }) {
  if (exit === 0) return ['accepted'];
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.filter((line) => TELLING.test(line) && !NOISE.test(line));
  return telling
    .slice(0, 3)
    .map((line) => line.replaceAll(/(?:\/[\w.-]+)+\//g, '…/').slice(0, 160));
}
const TELLING =
  /unexpected|error|exception|line \d+|not (?:found|exist|allowed|defined)|expected|required|cyclic|ambiguous|attribute|missing|specified in|^\w+ \(missing|overlap|'[^']+'\('|Same item|cannot be|already used|unterminated|EOF/i;
const NOISE =
  /^File "|^During handling|^self\.|^KeyError|^Expected (?:input|output) files|^Snakemake version|^Shutting|^Exiting because|^reason:|^Waiting|^At least one|^WorkflowError:$|^\(command exited|^Complete log|^\^|^\[--|usage:|^-\w,|^--|^raise |Missing output files|^\w+ \(missing|print_exception|format_(?:error|exception)|_tokenize/;

const only = process.argv[3];
const target = fixture('peer-errors.json');
const found = only ? JSON.parse(readFileSync(target, 'utf8')) : { versions: {}, answers: {} };
for (const [program, peer] of Object.entries(peers)) {
  found.versions[program] = run(program, ['--version'], tmpdir()).said.trim().split('\n').at(-1);
  for (const { name, [program]: mistake } of mistakes) {
    if (mistake === null || (only && !name.includes(only))) continue;
    // A folder in a folder, so that `../x` stays in what is removed.
    const outer = mkdtempSync(path.join(tmpdir(), 'peer-errors-'));
    const folder = path.join(outer, 'project');
    mkdirSync(path.join(folder, 'data'), { recursive: true });
    const files = { 'data/words.txt': 'a\n', [peer.file]: mistake.file, ...mistake.files };
    for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
    const git = (...args) =>
      spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], { cwd: folder });
    // Experiments live in a repository.
    if (mistake.args?.[0] === 'exp') {
      git('init', '-q');
      run(program, ['init', '-q'], folder);
      git('add', '-A');
      git('commit', '-qm', 'x');
    } else if (peer.init) run(program, peer.init, folder);
    const answer = run(program, mistake.args ?? peer.args, folder);
    const words = { exit: answer.exit, words: wordsOf(answer) };
    found.answers[name] = { ...found.answers[name], [program]: words };
    rmSync(outer, { recursive: true, force: true });
    process.stderr.write(`${program}: ${name}: ${answer.exit}\n`);
  }
}
writeFileSync(target, `${JSON.stringify(found, null, 2)}\n`);
