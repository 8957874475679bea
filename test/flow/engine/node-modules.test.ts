import { describe, expect, it } from 'vitest';
import { failureOf, started, World } from './world.ts';

const stage = (ts: string): Readonly<Record<string, string>> => ({
  'stages/s.ts': `import { readFileSync, readdirSync, writeFileSync } from 'node:fs';\n${ts}\n`,
});

const pipeline = `
stages:
  s: { ts: stages/s.ts, outputs: { o: o.txt } }
`;

/** A project in which npm has installed these packages; `x` leads to `y`. */
function withPackages(version: string): World {
  const world = new World();
  install(world, version);
  return world;
}

function install(world: World, version: string): void {
  const packages: Record<string, object> = {};
  for (const name of ['x', 'y', 'z', '@scope/a']) {
    const dependencies = name === 'x' ? { y: '*' } : {};
    packages[`node_modules/${name}`] = {
      version,
      integrity: `sha512-${name}${version}`,
      dependencies,
    };
    world.write({
      [`node_modules/${name}/package.json`]: JSON.stringify({ name, version, main: 'index.js' }),
      [`node_modules/${name}/index.js`]: `module.exports = '${name} ${version}';\n`,
      [`node_modules/${name}/data.txt`]: `${name} ${version}`,
    });
  }
  world.write({ 'node_modules/.package-lock.json': JSON.stringify({ packages }) });
}

const alias = `import { createRequire } from 'node:module';
const make = createRequire;
const load = make(import.meta.url);`;

describe('the node_modules of a ts stage', () => {
  it('holds the packages that its code leads to, and no others', async () => {
    const world = withPackages('1.0.0');
    world.write(
      stage(`import x from 'x';
import a from '@scope/a';
writeFileSync('out/o.txt', [x, a, readFileSync('node_modules/y/data.txt', 'utf8'), ...readdirSync('node_modules')].join());`),
    );
    const ran = await world.run(pipeline);
    expect(await world.output(ran, 's', 'o')).toBe('x 1.0.0,@scope/a 1.0.0,y 1.0.0,@scope,x,y');
  });

  it.each([
    ['a file', `writeFileSync('out/o.txt', readFileSync('node_modules/z/data.txt'));`],
    ['an aliased createRequire', `${alias}\nwriteFileSync('out/o.txt', load('z'));`],
    [
      'a path of the working directory',
      `${alias.replace('import.meta.url', "process.cwd() + '/x.js'")}\nwriteFileSync('out/o.txt', load('z'));`,
    ],
  ])('does not give %s of a package that is not in the key', async (_, ts) => {
    const world = withPackages('1.0.0');
    world.write(stage(ts));
    expect(failureOf(await world.run(pipeline), 's')).toMatchObject({
      hint: "import the package by its name, as in import 'z': a stage sees only the packages that its code imports",
    });
  });

  it.each([
    ['a file', `import 'z';\nwriteFileSync('out/o.txt', readFileSync('node_modules/z/data.txt'));`],
    ['an aliased createRequire', `import 'z';\n${alias}\nwriteFileSync('out/o.txt', load('z'));`],
  ])('gives %s of the package as it is after an upgrade', async (_, ts) => {
    const world = withPackages('1.0.0');
    world.write(stage(ts));
    expect(await world.output(await world.run(pipeline), 's', 'o')).toBe('z 1.0.0');
    install(world, '2.0.0');
    const ran = await world.run(pipeline);
    expect(started(ran)).toEqual(['s']);
    expect(await world.output(ran, 's', 'o')).toBe('z 2.0.0');
  });

  it('holds an optional package that is installed, also for a stage that reads a probe', async () => {
    const world = withPackages('1.0.0');
    world.write({
      'package.json': '{"type":"module","optionalDependencies":{"z":"*"}}',
      'stages/ask.ts': `import('z').then((z) => console.log(z.default), () => console.log('none'));`,
      ...stage(
        `import('z').then((z) => writeFileSync('out/o.txt', z.default + readFileSync('in/fact/ask', 'utf8')));`,
      ),
    });
    const ran = await world.run(`
probes:
  ask: { ts: stages/ask.ts }
stages:
  s: { ts: stages/s.ts, inputs: { fact: probe.ask }, outputs: { o: o.txt } }
`);
    expect(await world.output(ran, 's', 'o')).toBe('z 1.0.0z 1.0.0\n');
  });

  it('is the whole folder for cmd and sh', async () => {
    const world = withPackages('1.0.0');
    const ran = await world.run(`
stages:
  s: { sh: 'cat node_modules/z/data.txt > \${outputs.o}', outputs: { o: o.txt } }
`);
    expect(await world.output(ran, 's', 'o')).toBe('z 1.0.0');
  });
});
