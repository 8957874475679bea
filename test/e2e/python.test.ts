import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noPython } from '../flow/key/python.ts';
import { Project } from '../rig/project.ts';

// `py:` stages as a person has them: packages, data beside the code, a probe, a no-op.

let project: Project;

beforeEach(() => {
  project = new Project();
  project.write({
    'data/words.txt': 'pear\nfig\napple\n',
    'stages/tally.py': `import json
from text.count import tally
from helper import stage

it = stage()
words = open(it["inputs"]["words"]).read().split()
result = {"tally": tally(words), "seed": it["params"]["seed"], "set": list(set(words))}
json.dump(result, open(it["outputs"]["result"], "w"))
`,
    'stages/helper.py': `import json, os

def stage():
    return json.load(open(os.environ["FLOW_STAGE"]))
`,
    'text/__init__.py': '',
    'text/count.py': `from .weights import weight

def tally(words):
    """Words by their first letters."""
    return {word[0]: weight(word) for word in sorted(words)}
`,
    'text/weights.py': 'def weight(word):\n    return len(word)\n',
  });
  project.pipeline(`stages:
  tally:
    matrix: { seed: [0, 1] }
    py: stages/tally.py
    inputs: { words: ./data/words.txt }
    outputs: { result: result.json }
`);
});

afterEach(() => project.close());

const result = async (): Promise<unknown> => {
  const { stdout } = await project.flow(['cat', 'tally.result@seed=0']);
  return JSON.parse(stdout);
};

describe.skipIf(noPython)('a py stage', () => {
  it('runs with its modules where they lie in the project, and ends in the same bytes', async () => {
    const first = await project.runJson();
    expect(first).toMatchObject({ code: 0, ran: 2 });
    expect(await result()).toMatchObject({ tally: { a: 5, f: 3, p: 4 }, seed: 0 });

    const elsewhere = new Project();
    for (const file of [
      'data/words.txt',
      'stages/tally.py',
      'stages/helper.py',
      'pipelines/p.yaml',
    ])
      elsewhere.write({ [file]: project.read(file) });
    for (const file of ['text/__init__.py', 'text/count.py', 'text/weights.py'])
      elsewhere.write({ [file]: project.read(file) });
    // The order of a set of strings, too: hashing is not seeded anew.
    expect((await elsewhere.runJson()).instances).toEqual(
      first.instances.map((each) => ({ ...each, wall_s: expect.any(Number) })),
    );
    elsewhere.close();
  });

  it('is a hit after a changed comment, and runs after a change of what it leads to', async () => {
    await project.runJson();
    project.write({ 'text/weights.py': '# Why.\ndef weight(word):\n  return len(word)\n' });
    expect(await project.runJson()).toMatchObject({ ran: 0, hit: 2 });
    project.write({ 'text/weights.py': 'def weight(word):\n    return 2 * len(word)\n' });
    const told = await project.flow(['explain', 'tally@seed=0', '-f', 'pipelines/p.yaml']);
    expect(told.stdout).toContain('text/weights.py');
    expect(told.stdout).toContain('+     return 2 * len(word)');
    expect(await project.runJson()).toMatchObject({ ran: 2, hit: 0 });
    expect(await result()).toMatchObject({ tally: { a: 10, f: 6, p: 8 } });
  });

  it('starts no process in a no-op', async () => {
    await project.runJson();
    const counting = fileURLToPath(new URL('../fixtures/count-processes.cjs', import.meta.url));
    const count = project.at('count.txt');
    const env = { NODE_OPTIONS: `--require=${counting}`, COUNT_PROCESSES: count };
    const noop = await project.flow(['run', 'pipelines/p.yaml'], env);
    expect(noop.code).toBe(0);
    expect(existsSync(count) ? readFileSync(count, 'utf8') : '').toBe('');
    // The counter counts: another module makes flow ask Python again.
    appendFileSync(project.at('text/weights.py'), 'x = 1\n');
    await project.flow(['plan', 'pipelines/p.yaml'], env);
    expect(readFileSync(count, 'utf8')).toContain('closure.py');
  });

  it('reads data beside its code where code: lists it, and only then', async () => {
    project.write({
      'stages/tally.py': `import json, os
from pathlib import Path
words = json.loads((Path(__file__).parent / "stop.json").read_text())
outputs = json.load(open(os.environ["FLOW_STAGE"]))["outputs"]
Path(outputs["result"]).write_text(json.dumps(words))
`,
      'stages/stop.json': '["the"]',
    });
    const failed = await project.flow(['run', 'pipelines/p.yaml']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('stop.json');
    project.write({
      'pipelines/p.yaml': project
        .read('pipelines/p.yaml')
        .replace('    inputs:', '    code: [stages/*.json]\n    inputs:'),
    });
    expect(await project.runJson()).toMatchObject({ ran: 2 });
    expect(await result()).toEqual(['the']);
    project.write({ 'stages/stop.json': '["a"]' });
    expect(await project.runJson()).toMatchObject({ ran: 2 });
  });

  it('may be a probe', async () => {
    project.write({ 'stages/p.py': 'import helper\nprint("cpu")\n' });
    project.pipeline(`probes:
  device: { py: stages/p.py }
stages:
  s:
    sh: cp \${inputs.device} \${outputs.o}
    inputs: { device: probe.device }
    outputs: { o: o.txt }
`);
    expect(await project.runJson()).toMatchObject({ ran: 2 });
    expect((await project.flow(['cat', 's.o'])).stdout).toBe('cpu\n');
    expect(await project.runJson()).toMatchObject({ ran: 0, hit: 2 });
  });

  it('whose imports cannot be read fails before anything runs, with the place', async () => {
    project.write({ 'text/count.py': 'import importlib\nimportlib.import_module(input())\n' });
    const { code, stderr } = await project.flow(['run', 'pipelines/p.yaml']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'text/count.py:2:1: flow cannot tell what importlib.import_module loads',
    );
  });
});
