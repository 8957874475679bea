// A Python with PyTorch and transformers from PyPI, for benches and for the check that transformers
// loads what we write:
//   node test/bench/torch-venv.mjs        makes it once (6.7 GB), prints its python
// It lies in the user's cache, not in the checkout: PyPI's torch is the CUDA build. TORCH_PYTHON names
// another python to be used instead.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['torch==2.8.0', 'transformers==5.24.0', 'numpy==2.4.6'];

export function torchPython() {
  const given = process.env['TORCH_PYTHON'];
  if (given) return given;
  const cache = process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  const folder = path.join(cache, 'fastmtl-flow', 'torch-2.8.0');
  const python = path.join(folder, 'bin', 'python');
  const whole = path.join(folder, 'whole');
  if (existsSync(whole)) return python;
  process.stderr.write(`making ${folder} with ${PACKAGES.join(', ')}: some minutes, once\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'tmp'), { recursive: true });
  const options = {
    stdio: ['ignore', 2, 2],
    // What /tmp holds may be less than the wheels need.
    env: { ...process.env, TMPDIR: path.join(folder, 'tmp') },
  };
  execFileSync('python3', ['-m', 'venv', folder], options);
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', ...PACKAGES], options);
  rmSync(path.join(folder, 'tmp'), { recursive: true });
  writeFileSync(whole, '');
  return python;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${torchPython()}\n`);
