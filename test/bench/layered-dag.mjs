// One layered DAG of N trivial stages, written for flow and for its rivals: width ceil(sqrt N), two
// dependencies each; a stage of the first layer reads two sources. Every value is a small number that
// depends on all that it was computed from, so that an edited source changes exactly what it leads to.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Stages in topological order: { name, index, makers: names of stages, reads: their files or sources }. */
export function layeredDag(count) {
  const width = Math.ceil(Math.sqrt(count));
  const stages = [];
  for (let index = 0; index < count; index += 1) {
    const [layer, place] = [Math.floor(index / width), index % width];
    const neighbours = [...new Set([place, (place + 1) % width])];
    const makers = layer === 0 ? [] : neighbours.map((at) => `s${(layer - 1) * width + at}`);
    const reads = layer === 0 ? neighbours.map(sourceOf) : makers.map(outputOf);
    stages.push({ name: `s${index}`, index, makers, reads });
  }
  // The last one has a source of its own, so that it alone can be changed.
  stages.at(-1)?.reads.push(sourceOf('last'));
  return { width, stages };
}

const sourceOf = (name) => `src/${name}.txt`;
export const outputOf = (stage) => `out/${stage}`;

/** What a stage does, with nothing but the shell itself. */
export function commandOf({ name, index, reads }, inputs = reads, output = outputOf(name)) {
  const values = inputs.map((_, at) => `v${at}`);
  const lines = inputs.map((input, at) => `read -r ${values[at]} < ${input}`);
  const sum = values.map((value, at) => `${value} * ${31 + at}`).join(' + ');
  return `${lines.join('; ')}; echo $(( (${sum} + ${index}) % 1000003 )) > ${output}`;
}

export function writeSources(folder, { width }) {
  mkdirSync(path.join(folder, 'src'), { recursive: true });
  for (let at = 0; at < width; at += 1) writeFileSync(path.join(folder, sourceOf(at)), `${at}\n`);
  writeFileSync(path.join(folder, sourceOf('last')), '0\n');
}

/** Gives a source a number that it never had. `name`: its place in the first layer, or `last`. */
export function editSource(folder, name) {
  const file = path.join(folder, sourceOf(name));
  writeFileSync(file, `${Number(readFileSync(file, 'utf8')) + 1000}\n`);
}

/** As `layered.yaml`. */
export function writeFlow(folder, { stages }) {
  const lines = ['version: 1', 'name: layered', 'stages:'];
  for (const stage of stages) {
    const inputs = stage.reads.map((file, at) => [
      `i${at}`,
      stage.makers[at] === undefined ? `./${file}` : `${stage.makers[at]}.out`,
    ]);
    const paths = inputs.map(([name]) => `\${inputs.${name}}`);
    lines.push(
      `  ${stage.name}:`,
      `    sh: ${JSON.stringify(commandOf(stage, paths, '${outputs.out}'))}`,
      `    inputs: { ${inputs.map((pair) => pair.join(': ')).join(', ')} }`,
      '    outputs: { out: out.txt }',
    );
  }
  writeFileSync(path.join(folder, 'flow.yaml'), '');
  writeFileSync(path.join(folder, 'layered.yaml'), `${lines.join('\n')}\n`);
}
