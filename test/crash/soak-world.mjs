// What a person edits while a soak goes on: a DAG of random stages, with its sources and environment.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The same draws for the same seed: Mulberry32. */
export class Dice {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  int(below) {
    return Math.floor(this.next() * below);
  }

  pick(all) {
    return all[this.int(all.length)];
  }

  chance(p) {
    return this.next() < p;
  }
}

const words = ['ant', 'bee', 'cat', 'dog', 'eel', 'fox'];

/** Stages read earlier ones, sources and params. */
export class World {
  #root;
  #dice;
  /** Of this round: with a hundred and more to run, a process of their own starts the stages. */
  wide = false;

  constructor(root, dice) {
    this.#root = root;
    this.#dice = dice;
    this.sources = [this.#text(), this.#text(), this.#text()];
    this.env = this.word();
    this.stages = Array.from({ length: 12 }, (_, index) => ({
      name: `s${index}`,
      reads: index === 0 ? [] : [...new Set([dice.int(index), dice.int(index)])],
      source: dice.int(3),
      word: this.word(),
      sorts: dice.chance(0.4),
      tree: dice.chance(0.4),
      env: dice.chance(0.2),
      ms: dice.int(120),
    }));
  }

  word() {
    return this.#dice.pick(words);
  }

  write() {
    this.sources.forEach((source, index) =>
      writeFileSync(path.join(this.#root, `w${index}.txt`), source),
    );
    const order = this.#dice.chance(0.5) ? this.stages : [...this.stages].reverse();
    const yaml = [...order.map(stageYaml), long, ...(this.wide ? [wide] : [])].join('\n');
    const targets = [
      ...this.stages.map(({ name }) => name),
      'long',
      ...(this.wide ? ['wide'] : []),
    ];
    writeFileSync(
      path.join(this.#root, 'pipelines/p.yaml'),
      `version: 1\nname: p\n# ${this.word()}\nparams: { end: one }\nstages:\n${yaml}\ntargets: [${targets.join(', ')}]\nexports: { placed/o.txt: s11.o, placed/long.txt: long.o }\n`,
    );
  }

  edit() {
    const stage = this.#dice.pick(this.stages);
    switch (this.#dice.int(8)) {
      case 0:
        this.sources[this.#dice.int(3)] = this.#text();
        break;
      case 1:
        stage.word = this.word();
        break;
      case 2:
        stage.sorts = !stage.sorts;
        break;
      case 3:
        stage.tree = !stage.tree;
        break;
      case 4:
        stage.source = this.#dice.int(3);
        break;
      case 5:
        this.env = this.word();
        break;
      case 6:
        rmSync(path.join(this.#root, 'placed'), { recursive: true, force: true });
        break;
      default:
        stage.env = !stage.env;
    }
  }

  #text() {
    return `${Array.from({ length: 1 + this.#dice.int(4) }, () => this.word()).join('\n')}\n`;
  }
}

function stageYaml(stage) {
  const inputs = [
    ...stage.reads.map((read) => `r${read}: s${read}.o`),
    `w: ./w${stage.source}.txt`,
  ];
  const files = [...stage.reads.map((read) => `\${inputs.r${read}}`), '${inputs.w}'].join(' ');
  const tree = stage.tree
    ? 'mkdir -p ${outputs.d}/sub ${outputs.d}/empty; cp ${outputs.o} ${outputs.d}/sub/o; ln -s sub/o ${outputs.d}/l; '
    : '';
  const more = stage.env ? '; echo "$WORD" >> ${outputs.o}' : '';
  const script =
    `echo "${stage.name} $$" >> "$P/ran"; sleep 0.${String(stage.ms).padStart(3, '0')}; ` +
    `cat ${files} ${stage.sorts ? '| sort -u ' : ''}> \${outputs.o}; echo ${stage.word} \${end} >> \${outputs.o}${more}; ${tree}`;
  return `  ${stage.name}:
    sh: '${script}'
    inputs: { ${inputs.join(', ')} }
    outputs: { o: o.txt${stage.tree ? ', d: d/' : ''} }
    env: { P: { key: false }${stage.env ? ', WORD: {}' : ''} }`;
}

/** Counts to 20 and goes on from where it was killed. */
const long = `  long:
    sh: 'echo "long $$" >> "$P/ran"; i=$(cat checkpoint/i 2>/dev/null || echo 0); while [ $i -lt 20 ]; do i=$((i+1)); echo $i > checkpoint/t; mv checkpoint/t checkpoint/i; sleep 0.03; done; cat \${inputs.o} > \${outputs.o}; echo $i >> \${outputs.o}'
    inputs: { o: s3.o }
    outputs: { o: o.txt }
    env: { P: { key: false } }`;

const wide = `  wide:
    sh: 'echo "wide-\${n} $$" >> "$P/ran"; cat \${inputs.w} > \${outputs.o}; echo \${n} \${end} >> \${outputs.o}'
    matrix: { n: [${Array.from({ length: 120 }, (_, n) => n).join(', ')}] }
    inputs: { w: ./w0.txt }
    outputs: { o: o.txt }
    env: { P: { key: false } }`;
