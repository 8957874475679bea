// The layered DAG for other tools. Each runs only where it is installed; npm's are installed by `install`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commandOf, outputOf } from './layered-dag.mjs';

const onPath = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/**
 * `write` puts the DAG into a folder that has its sources; `clear` makes the next run a cold one; with more
 * than `most` stages a row would take minutes.
 */
export const rivals = [
  {
    name: 'make',
    most: Infinity,
    isThere: () => onPath('make'),
    argv: () => ['make', '-j2', '-s'],
    write(folder, { stages }) {
      mkdirSync(path.join(folder, 'out'), { recursive: true });
      const rules = stages.map((stage) => {
        const command = commandOf(stage).replaceAll('$', '$$$$');
        return `${outputOf(stage.name)}: ${stage.reads.join(' ')}\n\t@${command}\n`;
      });
      const all = `all: ${stages.map(({ name }) => outputOf(name)).join(' ')}\n`;
      writeFileSync(path.join(folder, 'Makefile'), all + rules.join(''));
    },
    clear: emptyOutputs,
  },
  {
    name: 'ninja',
    most: Infinity,
    isThere: () => onPath('ninja'),
    argv: () => ['ninja', '-j2', '--quiet'],
    write(folder, { stages }) {
      mkdirSync(path.join(folder, 'out'), { recursive: true });
      const builds = stages.map((stage) => {
        const command = commandOf(stage).replaceAll('$', '$$$$');
        return `build ${outputOf(stage.name)}: sh ${stage.reads.join(' ')}\n  c = ${command}\n`;
      });
      writeFileSync(
        path.join(folder, 'build.ninja'),
        `rule sh\n  command = $c\n${builds.join('')}`,
      );
    },
    clear(folder) {
      emptyOutputs(folder);
      rmSync(path.join(folder, '.ninja_log'), { force: true });
      rmSync(path.join(folder, '.ninja_deps'), { force: true });
    },
  },
  {
    name: 'wireit',
    most: 1000,
    npm: ['wireit'],
    isThere: (tools) => existsSync(path.join(tools, 'node_modules/.bin/wireit')),
    argv: () => ['npm', 'run', '--silent', 'all'],
    env: { WIREIT_PARALLEL: '2', WIREIT_LOGGER: 'quiet' },
    write(folder, { stages }, tools) {
      mkdirSync(path.join(folder, 'out'), { recursive: true });
      const wireit = Object.fromEntries(
        stages.map((stage) => [
          stage.name,
          {
            command: commandOf(stage),
            files: stage.reads.filter((file) => file.startsWith('src/')),
            dependencies: stage.makers,
            output: [outputOf(stage.name)],
          },
        ]),
      );
      const names = stages.map(({ name }) => name);
      const scripts = Object.fromEntries([...names, 'all'].map((name) => [name, 'wireit']));
      const all = { dependencies: names };
      const project = { name: 'layered', private: true, scripts, wireit: { ...wireit, all } };
      writeFileSync(path.join(folder, 'package.json'), JSON.stringify(project));
      spawnSync('ln', [
        '-sfn',
        path.join(tools, 'node_modules'),
        path.join(folder, 'node_modules'),
      ]);
    },
    clear(folder) {
      emptyOutputs(folder);
      rmSync(path.join(folder, '.wireit'), { recursive: true, force: true });
    },
  },
  {
    name: 'snakemake',
    most: 100,
    isThere: () => onPath('snakemake'),
    argv: () => ['snakemake', '-c2', '--quiet', 'all'],
    write(folder, { stages }) {
      const rules = stages.map((stage) => {
        const reads = stage.reads.map((file) => `'${file}'`).join(', ');
        const command = JSON.stringify(commandOf(stage).replaceAll(/[{}]/g, '$&$&'));
        return `rule ${stage.name}:\n  input: ${reads}\n  output: '${outputOf(stage.name)}'\n  shell: ${command}\n`;
      });
      const outputs = stages.map(({ name }) => `'${outputOf(name)}'`).join(', ');
      writeFileSync(
        path.join(folder, 'Snakefile'),
        `rule all:\n  input: ${outputs}\n${rules.join('')}`,
      );
    },
    clear(folder) {
      emptyOutputs(folder);
      rmSync(path.join(folder, '.snakemake'), { recursive: true, force: true });
    },
  },
];

function emptyOutputs(folder) {
  rmSync(path.join(folder, 'out'), { recursive: true, force: true });
  mkdirSync(path.join(folder, 'out'));
}

/** npm's rivals into a folder of their own; one that cannot be installed is left out. */
export function install(tools, names) {
  mkdirSync(tools, { recursive: true });
  writeFileSync(path.join(tools, 'package.json'), '{ "private": true }\n');
  for (const { name, npm } of rivals) {
    if (npm === undefined || !names.includes(name)) continue;
    const done = spawnSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...npm], {
      cwd: tools,
    });
    if (done.status !== 0) process.stderr.write(`${name} cannot be installed: left out\n`);
  }
}
