// The words of other tools (Make, DVC, Snakemake, Nextflow), and what to write here instead.

const RUN = 'flow run PIPELINE [TARGET…] brings a pipeline up to date';
const LISTS = 'flow ls lists artifacts; flow runs lists runs';
const GC = 'flow gc removes results that nothing needs; flow gc --dry-run lists them';
const CHECK = 'flow check finds mistakes in pipelines';
const TABLE = 'flow table shows the metrics of all runs';
const DIFF = 'flow diff compares two runs';
const PICTURES = 'flow report writes a run as one HTML file; flow ui shows it live';
const SHARED = 'several machines and projects can use one cache folder: see docs/shared-cache.md';

const COMMANDS: Readonly<Record<string, string>> = {
  dag: 'flow graph PIPELINE draws the stages',
  repro: RUN,
  reproduce: RUN,
  build: RUN,
  make: RUN,
  all: RUN,
  start: RUN,
  resume: RUN,
  exp: `flow run PIPELINE -p NAME=VALUE runs a variant; ${TABLE}`,
  clean: GC,
  prune: GC,
  remove: GC,
  rm: GC,
  list: LISTS,
  history: LISTS,
  ps: LISTS,
  lint: CHECK,
  validate: CHECK,
  test: CHECK,
  metrics: `${TABLE}; ${DIFF}`,
  'metrics diff': `${DIFF}; ${TABLE}`,
  plots: PICTURES,
  dashboard: PICTURES,
  push: SHARED,
  pull: SHARED,
  fetch: SHARED,
  add: 'write the path of the file as an input: inputs: { NAME: ./FILE }',
  unlock: 'leave it out: the locks of a run end with its process',
};

const AGAIN = 'to run a stage again, add --rerun STAGE';
const ALL_AGAIN = "to run all stages again, add --rerun '*'";
const STORED = 'leave it out: flow run always takes the results that are in the cache';

const RUN_OPTIONS: Readonly<Record<string, string>> = {
  '--until': 'name the stage as the target: flow run PIPELINE STAGE',
  '--target': 'name the stage as the target: flow run PIPELINE STAGE',
  '-f': `name the pipeline without an option: flow run PIPELINE; ${AGAIN}`,
  '--file': `name the pipeline without an option: flow run PIPELINE; ${AGAIN}`,
  '-F': ALL_AGAIN,
  '--forceall': ALL_AGAIN,
  '-B': ALL_AGAIN,
  '--always-make': ALL_AGAIN,
  '-R': AGAIN,
  '--forcerun': AGAIN,
  '--no-cache': AGAIN,
  '-resume': STORED,
  '--resume': STORED,
  '--rerun-incomplete': STORED,
  '-c': 'write --jobs N',
  '--cores': 'write --jobs N',
  '-i': 'write --keep-going',
  '--ignore-errors': 'write --keep-going',
  '--configfile': 'write --params-file FILE',
  '--config': 'write -p NAME=VALUE',
  '-S': 'write -p NAME=VALUE',
  '--set-param': 'write -p NAME=VALUE',
};

const REHEARSAL = 'to see what would run again: flow run -n --rerun STAGE';

const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  run: RUN_OPTIONS,
  plan: {
    ...RUN_OPTIONS,
    ...Object.fromEntries(
      ['-F', '-R', '--rerun', '--force', '--forcerun', '--forceall'].map((name) => [
        name,
        REHEARSAL,
      ]),
    ),
  },
};

/** undefined: no tool of this kind has such a command. */
export function peerCommand(name: string, words: readonly string[]): string | undefined {
  if (/\.ya?ml$/.test(name)) return `flow run ${name} brings this pipeline up to date`;
  return find(COMMANDS, `${name} ${words[0] ?? ''}`) ?? find(COMMANDS, name);
}

/** undefined: no tool of this kind has such an option. */
export function peerOption(command: string, option: string): string | undefined {
  return find(OPTIONS[command] ?? {}, option);
}

function find(hints: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(hints, word) ? hints[word] : undefined;
}
