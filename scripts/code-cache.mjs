// Makes the code cache of the bundled CLI: node scripts/code-cache.mjs BUNDLE CACHE
// V8 keeps what it had to compile, so a small pipeline is run first: what every command needs is in, and
// what only some need (YAML, the live view) is not, because reading the cache takes time, too.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';

const pipeline = `
version: 1
stages:
  a: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: ./words.txt }, outputs: { o: o.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: a.o }, outputs: { o: o.txt } }
exports: { out.txt: b.o }
`;

const [bundle, cache, project] = process.argv.slice(2).map((each) => path.resolve(each));
if (project === undefined) makeInProject();
else await warmUp();

/**
 * The first run computes everything, and in its own process; the second, to which the Dag is known, is the
 * one that counts: it runs stages, and its plan finds nothing to do.
 */
function makeInProject() {
  const folder = mkdtempSync(path.join(tmpdir(), 'flow-build-'));
  try {
    writeFileSync(path.join(folder, 'flow.yaml'), '');
    writeFileSync(path.join(folder, 'p.yaml'), pipeline);
    const self = fileURLToPath(import.meta.url);
    for (let time = 0; time < 2; time += 1) {
      writeFileSync(path.join(folder, 'words.txt'), `words ${time}\n`);
      execFileSync(process.execPath, [self, bundle, cache, folder], {
        stdio: ['ignore', 'ignore', 'inherit'],
        // The home of whoever builds learns nothing of this project.
        env: { ...process.env, XDG_STATE_HOME: path.join(folder, 'state') },
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function warmUp() {
  process.chdir(project);
  const script = new Script(readFileSync(bundle, 'latin1'), {
    filename: bundle,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  script.runInThisContext()(module, createRequire(bundle), pathToFileURL(bundle).href);
  for (const command of [['run', '-q'], ['plan']]) {
    await module.exports.main([...command, 'p.yaml'], '0.0.0');
  }
  // What the pipeline did does not matter: without bash, say, less is compiled.
  process.exitCode = 0;
  writeFileSync(cache, script.createCachedData());
}
