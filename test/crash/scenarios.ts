import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Project } from '../rig/project.ts';
import type { Ended, RunJson } from '../rig/project.ts';

/** A file that has lain still for longer than the stat cache wants. */
const settled = fileURLToPath(new URL('../fixtures/programs', import.meta.url));

// Every stage says in $P that it ran and leaves a process behind that only a kill ends. `second` saves a
// checkpoint, and fails after a resume while there is a file $P/fail; with $P/foreign it puts that in the
// place of its own result, as another run would that was faster and then lost its files.
const pipeline = `params: { text: one }
stages:
  first:
    sh: 'echo first >> "$P/ran"; sleep 300 & mkdir -p \${outputs.d}/sub; cat \${inputs.big} \${inputs.small} > \${outputs.big}; echo \${text} > \${outputs.d}/sub/f; ls \${inputs.settled} > \${outputs.d}/names; mkdir \${outputs.d}/empty'
    inputs: { big: ./big.bin, small: ./small.txt, settled: ${settled} }
    outputs: { big: big.bin, d: d/ }
    env: { P: { key: false } }
  second:
    sh: 'echo second >> "$P/ran"; sleep 300 & if [ -e checkpoint/saved ] && [ -e "$P/fail" ]; then exit 1; fi; echo saved > checkpoint/saved; if [ -e "$P/foreign" ]; then mkdir -p "$(dirname "$(cat "$P/foreign.path")")"; cp "$P/foreign" "$(cat "$P/foreign.path")"; fi; cp -r \${inputs.d} \${outputs.d}; chmod -R u+w \${outputs.d}; echo second >> \${outputs.d}/sub/f'
    inputs: { d: first.d }
    outputs: { d: d/ }
    env: { P: { key: false } }
  third:
    sh: 'echo third >> "$P/ran"; sleep 300 & cat \${inputs.d}/sub/f > \${outputs.o}; wc -c < \${inputs.big} >> \${outputs.o}'
    inputs: { d: second.d, big: first.big }
    outputs: { o: o.txt }
    env: { P: { key: false } }
exports: { placed/d: second.d, placed/o.txt: third.o }
`;

export const stages = ['first', 'second', 'third'];

/** A copy of a project in which a driver is killed. Its $P is `marks/`. */
export class Victim {
  readonly project: Project;
  readonly #folder: string;

  constructor(template?: Victim) {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'flow-crash-'));
    const root = path.join(this.#folder, 'p');
    if (template === undefined) mkdirSync(root);
    else execFileSync('cp', ['-a', template.project.root, root]);
    this.project = new Project(root);
    if (template !== undefined) return;
    mkdirSync(this.project.at('marks'));
    this.project.write({ 'package.json': '{}', 'small.txt': 'small\n' });
    writeFileSync(this.project.at('big.bin'), Buffer.alloc(5 * 1024 * 1024, 'flow'));
    this.project.pipeline(pipeline);
  }

  flow(args: readonly string[], failpoint = ''): Promise<Ended> {
    const armed: Record<string, string> =
      failpoint === '' ? {} : { FLOW_FAILPOINT: `${process.pid}:${failpoint}` };
    return this.project.flow(args, { P: this.project.at('marks'), ...armed });
  }

  run(text: string, failpoint = ''): Promise<Ended> {
    const args = ['run', 'pipelines/p.yaml', '--json', '-j', '1', '-p', `text=${text}`];
    return this.flow(args, failpoint);
  }

  async runJson(text: string): Promise<RunJson> {
    const ended = await this.run(text);
    if (!ended.stdout.startsWith('{')) throw new Error(`no JSON: ${ended.stderr}`);
    return { code: ended.code, ...(JSON.parse(ended.stdout) as Omit<RunJson, 'code'>) };
  }

  /** Stages that ran. One that is killed as it begins leaves the file empty. */
  ran(): readonly string[] {
    const file = this.project.at('marks/ran');
    return existsSync(file) ? (readFileSync(file, 'utf8').match(/.+/gu) ?? []) : [];
  }

  /** flow's own processes, its stages' and whatever those left behind: by $P, which all of them have. */
  async allEnd(withinMs: number): Promise<boolean> {
    const own = `\0P=${this.project.at('marks')}\0`;
    const lives = (pid: string): boolean => {
      try {
        return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(own);
      } catch {
        return false;
      }
    };
    for (let waited = 0; waited < withinMs; waited += 20) {
      if (!readdirSync('/proc').some((name) => /^\d+$/u.test(name) && lives(name))) return true;
      await delay(20);
    }
    return false;
  }

  /** Instances whose result is recorded, with its file. */
  recorded(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const file of this.filesIn('cache/actions')) {
      const { provenance } = JSON.parse(readFileSync(file, 'utf8')) as {
        provenance: { instance: string };
      };
      found.set(provenance.instance, file);
    }
    return found;
  }

  filesIn(folder: string): readonly string[] {
    const absolute = this.project.at(folder);
    if (!existsSync(absolute)) return [];
    return readdirSync(absolute, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A state of a project, and the run in it that is killed. */
export interface Scenario {
  readonly name: string;
  readonly prepare: (victim: Victim) => Promise<void>;
  /** Value of the param `text`, on which all results depend. */
  readonly text: string;
  /** Before the next run. */
  readonly mend?: (victim: Victim) => void;
  /** Its cache has damage from the start. */
  readonly damaged?: true;
}

const mustRun = async (victim: Victim, text: string): Promise<void> => {
  const ended = await victim.run(text);
  if (ended.code !== 0) throw new Error(ended.stderr);
};

export const scenarios: readonly Scenario[] = [
  { name: 'a first run', prepare: async () => undefined, text: 'one' },
  {
    name: 'a run after a changed param',
    prepare: (victim) => mustRun(victim, 'one'),
    text: 'two',
  },
  {
    name: 'a run that finds damage',
    prepare: async (victim) => {
      await mustRun(victim, 'one');
      for (const blob of victim.filesIn('cache/cas')) {
        if (readFileSync(blob, 'latin1') === 'one\nsecond\n') truncateSync(blob, 1);
      }
    },
    text: 'one',
    damaged: true,
  },
  {
    name: 'a run that is overtaken by one whose record is damaged',
    prepare: async (victim) => {
      await mustRun(victim, 'one');
      const record = victim.recorded().get('second') ?? '';
      writeFileSync(victim.project.at('marks/foreign'), readFileSync(record).subarray(0, 100));
      // As the stage names it from its scratch folder.
      const inCache = path.relative(victim.project.at('cache'), record);
      victim.project.write({ 'marks/foreign.path': path.join('../../..', inCache) });
      rmSync(record);
    },
    text: 'one',
    mend: (victim) => rmSync(victim.project.at('marks/foreign'), { force: true }),
    damaged: true,
  },
  {
    name: 'a run after a crash, that fails where it resumes',
    prepare: async (victim) => {
      await victim.run('one', 'kill@stage.ended#2');
      victim.project.write({ 'marks/fail': '' });
    },
    text: 'one',
    mend: (victim) => rmSync(victim.project.at('marks/fail')),
  },
  {
    name: 'a run in a cache of an older layout',
    prepare: async (victim) => {
      await mustRun(victim, 'one');
      victim.project.write({ 'cache/VERSION': '1\n' });
    },
    text: 'one',
    damaged: true,
  },
];
