import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/flow/core/ids.ts';
import { failureOf, ofType, World } from './world.ts';
import type { Ran } from './world.ts';

const chain = (last = ''): string => `
stages:
  a: { sh: 'echo a > \${outputs.o}', outputs: { o: a.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}${last}', inputs: { i: a.o }, outputs: { o: b.txt } }
`;

/** Where the copy of a source with this text lies. */
function copy(world: World, text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return path.join(world.at('cache/cas'), hex.slice(0, 2), hex);
}

function blob(world: World, ran: Ran, id: string): string {
  const digest = ran.summary.instances.find((each) => each.id === id)?.outputs['o'] as Digest;
  const hex = digest.slice('sha256:'.length);
  return path.join(world.at('cache/cas'), hex.slice(0, 2), hex);
}

/** A stage that copies w.txt, and does more. */
const copying = (more: string): string => `
stages:
  s: { sh: 'cat \${inputs.w} > \${outputs.o}${more}', inputs: { w: ./w.txt }, outputs: { o: o.txt } }
`;

describe('a damaged cache', () => {
  it('makes what is missing again', async () => {
    const world = new World();
    const first = await world.run(chain());
    rmSync(blob(world, first, 'a'));
    const ran = await world.run(chain());
    // Equal bytes again: whoever reads it stays a hit.
    expect(ran.outcomes).toEqual({ a: 'ran', b: 'hit' });
    expect(ofType(ran, 'warning').map(({ code }) => code)).toEqual(['damaged']);
  });

  it('forgets what it knew of a result that is made again, and may have other bytes', async () => {
    const drawn = `
stages:
  a: { sh: 'od -An -N8 -tx8 /dev/urandom > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: a.o }, outputs: { o: o.txt } }
`;
    const world = new World();
    const first = await world.run(drawn);
    rmSync(blob(world, first, 'a'));
    const ran = await world.run(drawn);
    expect(ran.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(ofType(ran, 'warning').map(({ code }) => code)).toEqual(['damaged']);
    const [made, read] = [await world.output(ran, 'a', 'o'), await world.output(ran, 'b', 'o')];
    expect(made).toBe(read);
    expect((await world.run(drawn)).summary).toMatchObject({ hit: 2 });
  });

  it('makes an input again that turns out to be damaged when it is needed', async () => {
    const world = new World();
    const first = await world.run(chain());
    const file = blob(world, first, 'a');
    let spoiled = false;
    // After the survey found a hit, before b needs it.
    const ran = await world.run(chain('; echo more >> ${outputs.o}'), {
      emit: (event) => {
        if (event.type !== 'queued' || spoiled) return;
        spoiled = true;
        chmodSync(file, 0o644);
        writeFileSync(file, 'spoiled!');
      },
    });
    expect(ran.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(await world.output(ran, 'b', 'o')).toBe('a\nmore\n');
  });
});

/** Another byte, with the size and the mtime from before: a flip on the disk. */
function flip(file: string): void {
  const { atime, mtime } = statSync(file);
  const bytes = readFileSync(file);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
  chmodSync(file, 0o444);
  utimesSync(file, atime, mtime);
}

describe('a flipped bit that keeps size and mtime, in a small blob', () => {
  it('heals: what made it runs again, and its reader neither fails nor is tried again', async () => {
    const world = new World();
    flip(blob(world, await world.run(chain()), 'a'));
    const ran = await world.run(chain('; echo more >> ${outputs.o}'));
    expect([ran.exitCode, ran.outcomes]).toEqual([0, { a: 'ran', b: 'ran' }]);
    expect(await world.output(ran, 'b', 'o')).toBe('a\nmore\n');
    expect(ofType(ran, 'retrying')).toEqual([]);
    expect(ofType(ran, 'warning').map(({ code }) => code)).toEqual(['damaged', 'damaged-input']);
  });

  it('heals in the copy of a source, too', async () => {
    const world = new World();
    world.write({ 'w.txt': 'words' });
    await world.run(copying(''));
    flip(copy(world, 'words'));
    const ran = await world.run(copying('; echo more >> ${outputs.o}'));
    expect([ran.exitCode, ran.outcomes]).toEqual([0, { s: 'ran' }]);
    expect(await world.output(ran, 's', 'o')).toBe('wordsmore\n');
  });

  it('is no concern of a stage that has its copy already', async () => {
    const world = new World();
    const text = `
stages:
  a: { sh: 'echo a > \${outputs.o}', outputs: { o: a.txt } }
  b: { sh: 'touch ${world.at('begun')}; until [ -e ${world.at('go')} ]; do sleep 0.02; done; cat \${inputs.i} \${inputs.i} > \${outputs.o}', inputs: { i: a.o }, outputs: { o: b.txt } }
`;
    const running = world.run(text);
    while (!existsSync(world.at('begun'))) await delay(10);
    flip(copy(world, 'a\n'));
    world.write({ go: '' });
    const ran = await running;
    expect([ran.exitCode, ran.outcomes]).toEqual([0, { a: 'ran', b: 'ran' }]);
    expect(await world.output(ran, 'b', 'o')).toBe('a\na\n');
  });

  it('in an export is told with what comes next, and the next run has it whole', async () => {
    const world = new World();
    const text = `${chain()}exports: { res.txt: b.o }\n`;
    flip(blob(world, await world.run(text), 'b'));
    rmSync(world.at('res.txt'));
    const told = await world.run(text);
    expect(ofType(told, 'export-refused')[0]?.message).toMatch(
      /no longer has the bytes that flow stored: the next flow run computes it again$/,
    );
    expect((await world.run(text)).exitCode).toBe(0);
    expect(world.read('res.txt')).toBe('a\n');
  });
});

describe('an input', () => {
  const reader = `
stages:
  s: { sh: 'cat \${inputs.w} > \${outputs.o}', inputs: { w: ./w.txt }, outputs: { o: o.txt } }
`;
  it('that is a source is copied again when its copy is gone', async () => {
    const world = new World();
    world.write({ 'w.txt': 'words' });
    const ran = await world.run(reader, {
      emit: (event) => {
        if (event.type === 'queued') rmSync(copy(world, 'words'));
      },
    });
    expect(ran.outcomes).toEqual({ s: 'ran' });
    expect(await world.output(ran, 's', 'o')).toBe('words');
  });

  it('that is a source fails its reader when the copy is gone and the source has changed', async () => {
    const world = new World();
    world.write({ 'w.txt': 'words' });
    const ran = await world.run(reader, {
      emit: (event) => {
        if (event.type !== 'queued') return;
        rmSync(copy(world, 'words'));
        world.write({ 'w.txt': 'other words' });
      },
    });
    expect(failureOf(ran, 's').reason).toBe('input-changed');
  });

  it('that is a large source is a regular file, unless it is read in its place', async () => {
    const world = new World();
    world.maxCopiedSource = 10;
    world.write({ 'w.txt': 'more than ten bytes' });
    const stat = reader.replace('cat', 'stat -c %F');
    expect(await world.output(await world.run(stat), 's', 'o')).toBe('regular file\n');
    const linked = stat
      .replace('w: ./w.txt', 'w: { from: ./w.txt, in_place: true }')
      .replace('%F', '%F%h');
    const other = new World();
    other.maxCopiedSource = 10;
    other.write({ 'w.txt': 'more than ten bytes' });
    expect(await other.output(await other.run(linked), 's', 'o')).toBe('symbolic link1\n');
  });

  it('that is a source has one key wherever it is read', async () => {
    const world = new World();
    world.write({ 'w.txt': 'words' });
    await world.run(reader);
    const inPlace = reader.replace('w: ./w.txt', 'w: { from: ./w.txt, in_place: true }');
    expect((await world.run(inPlace)).outcomes).toEqual({ s: 'hit' });
  });

  it('that is read in its place and changes under its reader makes the result refused', async () => {
    const world = new World();
    world.maxCopiedSource = 10;
    world.env['T'] = world.root;
    world.write({ 'w.txt': 'more than ten bytes' });
    const changing = reader
      .replace('outputs.o}', 'outputs.o}; echo >> "$T/w.txt"')
      .replace('w: ./w.txt', 'w: { from: ./w.txt, in_place: true }');
    const ran = await world.run(changing.replace('outputs:', 'env: [T], outputs:'));
    expect(failureOf(ran, 's')).toMatchObject({
      reason: 'input-changed',
      message: 'w.txt changed while the stage read it',
    });
    expect((await world.run(reader)).outcomes).toEqual({ s: 'ran' });
  });

  it('that its stage changed fails the stage and poisons nobody', async () => {
    const world = new World();
    const ran = await world.run(chain('; chmod u+w ${inputs.i}; echo changed >> ${inputs.i}'));
    expect(failureOf(ran, 'b')).toMatchObject({
      reason: 'input-changed',
      message: 'its input a.o was changed while the stage ran',
    });
    const again = await world.run(chain());
    expect(await world.output(again, 'b', 'o')).toBe('a\n');
  });
});

const edit = (file: string): string =>
  `touch -r ${file} ref; chmod u+w ${file}; printf X | dd of=${file} conv=notrunc 2> /dev/null; touch -r ref ${file}`;

const scripted = (more: string): string => `
stages:
  s: { sh: 'sh code/tool.sh \${inputs.w} \${outputs.o}${more}', code: [tool.sh], inputs: { w: ./w.txt }, outputs: { o: o.txt } }
`;

describe('a stage that edits what it reads in place and puts size and mtime back', () => {
  const two = `
stages:
  a: { sh: 'echo a > \${outputs.o}; echo b > \${outputs.p}', outputs: { o: a.txt, p: b.txt } }
  r: { sh: 'cat \${inputs.i} \${inputs.j} > \${outputs.o}', inputs: { i: a.o, j: a.p }, outputs: { o: o.txt } }
`;
  it.each(['', '; rm ${inputs.i} ${inputs.j}', '; exit 1'])(
    'fails, and every spoiled blob is dropped%s',
    async (end) => {
      const world = new World();
      const spoils = `${two}  s: { sh: '${edit('${inputs.i}')}; ${edit('${inputs.j}')}; echo > \${outputs.o}${end}', inputs: { i: a.o, j: a.p }, outputs: { o: o.txt } }\n`;
      const ran = await world.run(spoils, { jobs: 1, failure: 'continue' });
      expect(failureOf(ran, 's').reason).toBe(end.includes('exit') ? 'exit' : 'input-changed');
      const again = await world.run(two);
      expect(await world.output(again, 'r', 'o')).toBe('a\nb\n');
      expect(await world.output(again, 'a', 'o')).toBe('a\n');
      expect(await world.output(again, 'a', 'p')).toBe('b\n');
    },
  );

  it('cannot spoil the copy of a source or of its code either', async () => {
    const world = new World();
    world.write({ 'w.txt': 'words', 'tool.sh': 'cat "$1" > "$2"' });
    const spoiled = await world.run(scripted(`; ${edit('${inputs.w}')}; ${edit('code/tool.sh')}`));
    expect(failureOf(spoiled, 's').reason).toBe('input-changed');
    const ran = await world.run(scripted(''));
    expect(await world.output(ran, 's', 'o')).toBe('words');
  });
});

describe('a stage that is not deterministic', () => {
  it('is reported when it is forced, and the new result replaces the first', async () => {
    const world = new World();
    const stages = `
stages:
  s: { sh: 'date +%N > \${outputs.o}', outputs: { o: o.txt } }
`;
    const first = await world.run(stages);
    const id = first.summary.instances.map((instance) => instance.id);
    const forced = await world.run(stages, { force: id });
    expect(forced.outcomes).toEqual({ s: 'ran' });
    expect(ofType(forced, 'warning').map(({ code }) => code)).toEqual(['non-deterministic']);
    expect(forced.summary.instances[0]?.outputs).not.toEqual(first.summary.instances[0]?.outputs);
    const third = await world.run(stages);
    expect(third.outcomes).toEqual({ s: 'hit' });
    expect(third.summary.instances[0]?.outputs).toEqual(forced.summary.instances[0]?.outputs);
  });
});

describe('a project file that a command names by an absolute path', () => {
  it('is the file itself, so an edit while the stage runs fails it', async () => {
    const world = new World();
    world.write({ 'tools/make.sh': 'echo made\n' });
    const tool = world.at('tools/make.sh');
    const stages = (after: string): string => `
stages:
  s: { sh: 'sh ${tool} > \${outputs.o}; ${after}', outputs: { o: o.txt } }
`;
    const edited = await world.run(stages(`echo "echo more" >> ${tool}`));
    expect(failureOf(edited, 's')).toMatchObject({
      reason: 'input-changed',
      message: 'tools/make.sh changed while the stage ran',
      hint: 'start the run again',
    });
    const left = await world.run(stages('true'));
    expect(left.outcomes).toEqual({ s: 'ran' });
    expect(await world.output(left, 's', 'o')).toBe('made\nmore\n');
  });
});
