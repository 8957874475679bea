// How to write each place of a pipeline: the hint if the value has another form.

/** `*` is a name that the author chose, `[]` an item of a list. */
const forms: Readonly<Record<string, string>> = {
  '': "version: 1, and below it 'stages: { NAME: { sh: SCRIPT, outputs: { NAME: PATH } } }'",
  version: 'version: 1',
  name: 'name: NAME',
  description: "description: 'TEXT'",
  include: 'include: [./other.yaml]',
  'include/[]': 'include: [./other.yaml]',
  params: 'params: { NAME: DEFAULT }',
  profiles: 'profiles: { NAME: { PARAM: VALUE } }',
  'profiles/*': '*: { PARAM: VALUE }',
  probes: 'probes: { NAME: { sh: SCRIPT } }',
  'probes/*': '*: { sh: SCRIPT }',
  stages: 'stages: { NAME: { sh: SCRIPT, outputs: { NAME: PATH } } }',
  'stages/*': '*: { sh: SCRIPT, outputs: { NAME: PATH } }',
  env: 'env: [NAME]',
  'env/[]': 'env: [NAME], or env: { NAME: { key: false } }',
  'env/*': '*: { key: false }, or env: [*]; the value comes from flow’s own environment',
  'env/*/key': 'key: false, or remove it',
  secrets: 'secrets: [NAME]',
  'secrets/[]': 'secrets: [NAME], names of environment variables',
  exports: 'exports: { results/x.txt: STAGE.OUTPUT }',
  'exports/*': '*: STAGE.OUTPUT',
  targets: 'targets: [STAGE]',
  'targets/[]': 'targets: [STAGE]',

  'stages/*/description': "description: 'TEXT'",
  'stages/*/ts': 'ts: stages/x.ts',
  'stages/*/py': 'py: stages/x.py',
  'stages/*/cmd': 'cmd: [PROGRAM, ARGUMENT], or a script: sh: SCRIPT',
  'stages/*/cmd/[]': 'cmd: [PROGRAM, ARGUMENT], each a string',
  'stages/*/sh': "sh: 'sort ${inputs.x} > ${outputs.y}', or words: cmd: [PROGRAM, ARGUMENT]",
  'stages/*/params': 'params: [NAME]; set the values under the params of the file',
  'stages/*/params/[]': 'params: [NAME]',
  'stages/*/matrix': 'matrix: { AXIS: [1, 2, 3] }',
  'stages/*/matrix/*': '*: [1, 2, 3], or *: "${PARAM}" with the name of a list param',
  'stages/*/exclude': 'exclude: [{ AXIS: VALUE }]',
  'stages/*/exclude/[]': 'exclude: [{ AXIS: VALUE }]',
  'stages/*/include': 'include: [{ AXIS: VALUE }], with all axes',
  'stages/*/include/[]': 'include: [{ AXIS: VALUE }], with all axes',
  'stages/*/inputs': 'inputs: { NAME: STAGE.OUTPUT } or inputs: { NAME: ./FILE }',
  'stages/*/inputs/*':
    '*: STAGE.OUTPUT, *: ./FILE, *: { from: STAGE.OUTPUT, collect: [AXIS] } or *: { by: AXIS, cases: { VALUE: STAGE.OUTPUT } }',
  'stages/*/inputs/*/from': 'from: STAGE.OUTPUT or from: ./FILE',
  'stages/*/inputs/*/exclude': "exclude: ['*.tmp']",
  'stages/*/inputs/*/exclude/[]': "exclude: ['*.tmp']",
  'stages/*/inputs/*/in_place': 'in_place: true, or remove it',
  'stages/*/inputs/*/collect': 'collect: [AXIS]',
  'stages/*/inputs/*/collect/[]': 'collect: [AXIS]',
  'stages/*/inputs/*/by': 'by: AXIS',
  'stages/*/inputs/*/cases': 'cases: { VALUE: STAGE.OUTPUT }',
  'stages/*/inputs/*/listed': "listed: '${PARAM}', with a param of type path that has a schema",
  'stages/*/inputs/*/at': "at: [KEY, '${AXIS}']",
  'stages/*/inputs/*/at/[]': "at: [KEY, '${AXIS}']",
  'stages/*/inputs/*/cases/*': '*: STAGE.OUTPUT',
  'stages/*/outputs': 'outputs: { NAME: PATH }',
  'stages/*/outputs/*': '*: PATH, or *: { path: PATH, kind: metrics }',
  'stages/*/outputs/*/path': 'path: result.txt, or path: model/ for a folder',
  'stages/*/outputs/*/kind': 'kind: metrics',
  'stages/*/code':
    "code: [stages/helpers/**], or code: { files: [stages/helpers/**], exclude: ['*.tmp'] }",
  'stages/*/code/files': 'files: [stages/helpers/**]',
  'stages/*/code/files/[]': 'files: [stages/helpers/**]',
  'stages/*/code/exclude': "exclude: ['*.tmp']",
  'stages/*/code/exclude/[]': "exclude: ['*.tmp']",
  'stages/*/code/[]': 'code: [stages/helpers/**]',
  'stages/*/env': 'env: [NAME]',
  'stages/*/env/[]': 'env: [NAME], or env: { NAME: { key: false } }',
  'stages/*/env/*': '*: { key: false }, or env: [*]; the value comes from flow’s own environment',
  'stages/*/env/*/key': 'key: false, or remove it',
  'stages/*/watch': 'watch: [~/FOLDER]',
  'stages/*/watch/[]': 'watch: [~/FOLDER]',
  'stages/*/secrets': 'secrets: [NAME]',
  'stages/*/secrets/[]': 'secrets: [NAME], names of environment variables',
  'stages/*/pool': 'pool: { gpu: 1, memory: 4GB }',
  'stages/*/pool/*': '*: 1, or a size such as memory: 4GB',
  'stages/*/retries': 'retries: 2, or retries: { times: 2, on: [75], backoff: 10s }',
  'stages/*/retries/times': 'times: 2',
  'stages/*/retries/on': 'on: [75], a list of exit codes',
  'stages/*/retries/on/[]': 'on: [75], a list of exit codes',
  'stages/*/retries/backoff': 'backoff: 10s',
  'stages/*/timeout': 'timeout: 2h',
  'stages/*/salt': 'salt: v2',
  'stages/*/always': 'always: true, or remove it',
  'stages/*/freeze': 'freeze: true, or remove it',
};

/** Sections whose keys are names that the author chose, and the term for one of them. */
const named: Readonly<Record<string, string>> = {
  params: 'param',
  profiles: 'profile',
  probes: 'probe',
  stages: 'stage',
  exports: 'export',
  inputs: 'input',
  outputs: 'output',
  matrix: 'axis',
  env: 'variable',
  pool: 'pool',
  cases: 'case',
};

/** @param path keys and indices from the root; the form's stars are replaced by names */
export function formAt(path: readonly string[]): string | undefined {
  const form = forms[patternOf(path)];
  return form === undefined ? undefined : `write ${form.replaceAll('*:', `${path.at(-1)}:`).replace('[*]', `[${path.at(-1)}]`)}`; // prettier-ignore
}

function patternOf(path: readonly string[]): string {
  const steps = path.map((step, i) => {
    if (/^\d+$/.test(step) && !isNameAt(path, i)) return '[]';
    return isNameAt(path, i) ? '*' : step;
  });
  // A probe has the form of a stage, and a case the form of an input.
  const pattern = steps.join('/').replace(/^probes\/\*\//, 'stages/*/');
  const once = pattern.replace(/(?:\/cases\/\*)+/, '/cases/*');
  return once in forms ? once : once.replace('/cases/*', '');
}

function isNameAt(path: readonly string[], i: number): boolean {
  const section = path[i - 1] ?? '';
  if (!(section in named) || isNameAt(path, i - 1)) return false;
  // `env:` can also be a list of names.
  if (section === 'env' && /^\d+$/.test(path[i] ?? '')) return false;
  // The axes of `exclude` and the params of a profile are also names, but of no section.
  return !(section === 'params' && path[i - 2] !== undefined);
}

/** `stage 'train'`, `input 'rows' of stage 'train'`, `'cmd'`: the term for a path, in messages. */
export function nameAt(path: readonly string[]): string {
  const last = path.length - 1;
  const name = path[last];
  if (name === undefined) return 'a pipeline';
  const kind = named[path[last - 1] ?? ''];
  if (isNameAt(path, last)) {
    return `${kind} '${name}'${last > 1 ? ` of ${nameAt(path.slice(0, last - 1))}` : ''}`;
  }
  return /^\d+$/.test(name)
    ? `item ${Number(name) + 1} of ${nameAt(path.slice(0, last))}`
    : `'${name}'`;
}

/** Keys of other tools, and flow's keys for the same thing. */
const elsewhere: Readonly<Record<string, string>> = {
  parameters: 'params',
  vars: 'params',
  config: 'params',
  rules: 'stages',
  steps: 'stages',
  tasks: 'stages',
  jobs: 'stages',
  includes: 'include',
  import: 'include',
  deps: 'inputs',
  dependencies: 'inputs',
  needs: 'inputs',
  depends_on: 'inputs',
  sources: 'inputs',
  outs: 'outputs',
  produces: 'outputs',
  metrics: 'outputs',
  foreach: 'matrix',
  sweep: 'matrix',
  axes: 'matrix',
  command: 'cmd',
  shell: 'sh',
  run: 'sh',
  script: 'sh',
  python: 'py',
  environment: 'env',
  resources: 'pool',
  threads: 'pool',
  gpus: 'pool',
  retry: 'retries',
  tries: 'times',
  attempts: 'times',
  type: 'kind',
  file: 'path',
};

/** The form of flow's key for a key of another tool; undefined if it is not one. */
export function meantBy(key: string, known: readonly string[], path: readonly string[]) {
  const meant = elsewhere[key.toLowerCase()];
  return meant !== undefined && known.includes(meant) ? formAt([...path, meant]) : undefined;
}
