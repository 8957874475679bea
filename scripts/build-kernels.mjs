// Compiles src/ml/backend/wasm/assembly to src/ml/backend/wasm/build/kernels.wasm, and a second time with
// relaxed SIMD, whose results differ between hosts, to kernels-relaxed.wasm. Each module carries its own
// digest in a custom section `sha256`, so that the digest of the code that computes is at hand wherever
// the module is loaded.
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { main } from 'assemblyscript/asc';

const room = fileURLToPath(new URL('../src/ml/backend/wasm', import.meta.url));
const NAME = 'sha256';

writeModule('kernels.wasm', sealed(await compile('--disable')));
writeModule('kernels-relaxed.wasm', sealed(await compile('--enable')));

/** @param relaxed the option before relaxed SIMD's name */
async function compile(relaxed) {
  const options = ['--runtime', 'stub', '--importMemory', '--noExportMemory', '--noAssert'];
  const speed = ['-O3', '--enable', 'simd', relaxed, 'relaxed-simd'];
  const target = ['--baseDir', room, '--outFile', 'kernels.wasm'];
  let code;
  const { error, stderr } = await main(['assembly/index.ts', ...options, ...speed, ...target], {
    writeFile: (_, contents) => {
      code = contents;
    },
  });
  if (error !== null) {
    process.stderr.write(stderr.toString());
    throw error;
  }
  return code;
}

/** Section id 0 is a custom section: size, length of the name, name, contents (all below 128). */
function sealed(code) {
  const digest = createHash('sha256').update(code).digest('hex');
  const size = 1 + NAME.length + digest.length;
  return Buffer.concat([
    code,
    Buffer.from([0, size, NAME.length]),
    Buffer.from(NAME),
    Buffer.from(digest),
  ]);
}

/** Replaced whole: tests may be reading it. */
function writeModule(name, bytes) {
  const file = path.join(room, 'build', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
}
