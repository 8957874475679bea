import { Project } from '../../rig/project.ts';

/** Seeds with a metric each, and two stages that wait for files: `gated` at a gate, `steps` at each step. */
export function scoresProject(): Project {
  const project = new Project();
  project.write({
    'score.sh': `
echo "training with seed $1"
echo '{"type":"metric","name":"loss","value":0.5,"step":1}' >> "$FLOW_EVENTS"
echo '{"type":"metric","name":"loss","value":0.25,"step":2}' >> "$FLOW_EVENTS"
echo '{ "accuracy": 0.'$1$3' }' > "$2"
`,
    'folder.sh':
      'mkdir -p "$1" && printf "a\\tb\\n1\\t2\\n" > "$1/t.tsv" && echo hello > "$1/h.txt"\n',
    'gate.sh': `
echo at the gate; while [ ! -e "$1" ]; do sleep 0.05; done; echo through the gate; echo done > "$2"
`,
    // A step forward for each file that comes.
    'steps.sh': `
for step in 1 2 3 4; do
  while [ ! -e "$1-$step" ]; do sleep 0.05; done
  echo '{"type":"metric","name":"loss","value":0.'$step',"step":'$step'}' >> "$FLOW_EVENTS"
done
while [ ! -e "$1-end" ]; do sleep 0.05; done; echo done > "$2"
`,
  });
  project.pipeline(`
params: { seeds: [0, 1], gain: 5, gate: none }
stages:
  score:
    matrix: { seed: "\${seeds}" }
    cmd: [sh, score.sh, "\${seed}", "\${outputs.metrics}", "\${gain}"]
    outputs: { metrics: { path: metrics.json, kind: metrics } }
  folder:
    cmd: [sh, folder.sh, "\${outputs.things}"]
    inputs: { all: { from: score.metrics, collect: [seed] } }
    outputs: { things: things/ }
  gated:
    cmd: [sh, gate.sh, "\${gate}", "\${outputs.o}"]
    outputs: { o: o.txt }
  steps:
    cmd: [sh, steps.sh, "\${gate}", "\${outputs.o}"]
    outputs: { o: o.txt }
targets: [folder]
`);
  return project;
}
