// Hints for a folder without an encoder that can be read.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readModules } from './sentence-transformers.ts';

/** Formats of weights that need code to be run, or other frameworks. */
const FOREIGN =
  /^(pytorch_model.*\.bin|tf_model\.h5|flax_model\.msgpack|model\.onnx|.*\.(ckpt|pt|gguf))$/;

/** The hint for a folder without config.json. */
export function whereTheEncoderIs(folder: string): string {
  const snapshot = hubSnapshot(folder);
  if (snapshot !== undefined) {
    return `it is an entry of the Hugging Face cache; name its ${path.join('snapshots', snapshot)}`;
  }
  const modules = readModules(folder);
  if (modules !== undefined && modules.encoder !== '') {
    return `it is laid out for sentence-transformers; name its ${modules.encoder}`;
  }
  return 'an encoder is a Hugging Face folder that has one';
}

/** The snapshot of `main`, or any. */
function hubSnapshot(folder: string): string | undefined {
  const snapshots = path.join(folder, 'snapshots');
  if (!existsSync(snapshots)) return undefined;
  const main = path.join(folder, 'refs', 'main');
  const wanted = existsSync(main) ? readFileSync(main, 'utf8').trim() : '';
  const found = readdirSync(snapshots).sort();
  return found.includes(wanted) ? wanted : found[0];
}

/** The hint for a folder without weights that can be read. */
export function howToConvert(folder: string): string {
  const found = readdirSync(folder).filter((name) => FOREIGN.test(name)).sort(); // prettier-ignore
  if (found.length === 0) return 'the weights are absent';
  return `there is ${found.join(', ')}, which is not read. In Python, transformers writes what is: AutoModel.from_pretrained("DIR").save_pretrained("NEW"), and the same with AutoTokenizer; then name NEW`;
}
