import { Project } from '../../rig/project.ts';

/** Everything that a page can show. `gated` waits for a file. */
export interface EveryPart {
  readonly project: Project;
  /** Address of `flow ui`. */
  readonly url: string;
  readonly firstRun: string;
  /** It failed. `r.html` is its report. */
  readonly secondRun: string;
}

export async function everyPart(): Promise<EveryPart> {
  const project = new Project();
  project.write({
    'words.txt': 'b\na\n',
    'score.sh': `
echo "training with seed $1"
for step in 1 2 3; do
  echo '{"type":"metric","name":"loss","value":0.'$((7 - step))',"step":'$step'}' >> "$FLOW_EVENTS"
done
echo '{ "accuracy": 0.'$1$3' }' > "$2"
`,
    'draw.sh': `echo '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"/>' > "$1"\n`,
    'folder.sh':
      'mkdir -p "$1" && printf "a\\tb\\n1\\t2\\n" > "$1/t.tsv" && echo hello > "$1/h.txt"\n',
    'fail.sh': 'echo about to fail; exit 3\n',
    'gate.sh': 'while [ ! -e "$1" ]; do sleep 0.05; done; echo done > "$2"\n',
  });
  project.pipeline(`
description: Everything that a page can show
params:
  seeds: { default: [0, 1], type: "integer[]", description: the seeds }
  gain: 5
  gate: none
stages:
  sort:
    sh: "sort \${inputs.words} > \${outputs.sorted}"
    inputs: { words: ./words.txt }
    outputs: { sorted: sorted.txt }
  score:
    description: A number a seed
    matrix: { seed: "\${seeds}" }
    cmd: [sh, score.sh, "\${seed}", "\${outputs.metrics}", "\${gain}"]
    inputs: { sorted: sort.sorted }
    outputs: { metrics: { path: metrics.json, kind: metrics } }
  draw:
    cmd: [sh, draw.sh, "\${outputs.plot}"]
    inputs: { all: { from: score.metrics, collect: [seed] } }
    outputs: { plot: { path: plot.svg, kind: figure } }
  folder:
    cmd: [sh, folder.sh, "\${outputs.things}"]
    inputs: { all: { from: score.metrics, collect: [seed] } }
    outputs: { things: things/ }
  broken:
    cmd: [sh, fail.sh]
    inputs: { things: folder.things }
    outputs: { o: o.txt }
  after:
    cmd: [sh, fail.sh]
    inputs: { o: broken.o }
    outputs: { o: o.txt }
  gated:
    cmd: [sh, gate.sh, "\${gate}", "\${outputs.o}"]
    outputs: { o: o.txt }
targets: [draw, folder]
exports: { figures/plot.svg: draw.plot }
`);
  const firstRun = (await project.runJson()).run_id;
  const secondRun = (await project.runJson('-p', 'gain=7', '-k', 'draw', 'after')).run_id;
  const url = await project.serve();
  await project.flow(['report', secondRun, '-o', 'r.html']);
  return { project, url, firstRun, secondRun };
}
