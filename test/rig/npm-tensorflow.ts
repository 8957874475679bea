// npm's @tensorflow/tfjs-node in a project, by its own install script. What that downloads comes from this
// machine: the libraries and the add-on that `flow backend add tensorflow` brought, in the package's layout.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { PINS } from '../../src/provision/pins.ts';

const { name: PACKAGE, version } = PINS.tfjsNode;
/** The TensorFlow that the package asks for: its files are named by it, whatever is in them. */
const LIBRARY = '2.9.1';

/** Beside what is installed, which is not touched: files are shared with `installed` until npm replaces them. */
export function installWithoutScripts(project: string, installed: string): void {
  const modules = path.join(project, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  try {
    execFileSync('cp', ['-al', installed, modules], { stdio: 'ignore' });
  } catch {
    // Another file system.
    rmSync(modules, { recursive: true, force: true });
    execFileSync('cp', ['-a', installed, modules]);
  }
  // npm writes into it instead of replacing it.
  rmSync(path.join(modules, '.package-lock.json'), { force: true });
  const how = ['--no-save', '--save-prod', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...how, `${PACKAGE}@${version}`], {
    cwd: project,
    stdio: 'pipe',
  });
  // It comes along as this project's optional dependency, and is looked at first.
  rmSync(path.join(modules, `${PACKAGE}-gpu`), { recursive: true, force: true });
}

/** @param added the folder of the backend `tensorflow` */
export async function runInstallScript(project: string, added: string): Promise<void> {
  const own = path.join(project, 'node_modules', PACKAGE);
  const packed = path.join(project, 'packed');
  const archives: Readonly<Record<string, string>> = {
    [`/libtensorflow-cpu-linux-x86_64-${LIBRARY}.tar.gz`]: packLibraries(packed, added),
    [`/napi-v8/${version}/CPU-linux-${version}.tar.gz`]: packAddon(packed, added),
  };
  const server = createServer(({ url = '' }, response) => {
    const archive = archives[url];
    if (archive === undefined) response.writeHead(404).end();
    else response.end(readFileSync(archive));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const child = spawn(process.execPath, ['scripts/install.js'], {
      cwd: own,
      env: {
        PATH: `${path.join(project, 'node_modules', '.bin')}:${process.env['PATH']}`,
        TFJS_NODE_BASE_URI: `${origin}/libtensorflow-`,
        npm_config_tfjs_binding_binary_host_mirror: `${origin}/`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text)); // prettier-ignore
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`its install script ended with ${code}:\n${said}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function packLibraries(packed: string, added: string): string {
  const lib = path.join(packed, 'libtensorflow', 'lib');
  mkdirSync(lib, { recursive: true });
  for (const [wheels, packages] of [
    ['libtensorflow_cc', 'libtensorflow'],
    ['libtensorflow_framework', 'libtensorflow_framework'],
  ] as const) {
    symlinkSync(path.join(added, 'tensorflow', `${wheels}.so.2`), path.join(lib, `${packages}.so.${LIBRARY}`)); // prettier-ignore
    symlinkSync(`${packages}.so.${LIBRARY}`, path.join(lib, `${packages}.so.2`));
    // What the add-on asks for.
    if (wheels !== packages) symlinkSync(`${packages}.so.2`, path.join(lib, `${wheels}.so.2`));
  }
  return pack(path.dirname(lib));
}

function packAddon(packed: string, added: string): string {
  const folder = path.join(packed, 'addon', 'tfjs_binding');
  mkdirSync(folder, { recursive: true });
  copyFileSync(path.join(added, 'tfjs_binding.node'), path.join(folder, 'tfjs_binding.node'));
  // It looks for its libraries beside it, and they lie where the package has them.
  symlinkSync('../../deps/lib', path.join(folder, 'tensorflow'));
  return pack(path.dirname(folder));
}

function pack(folder: string): string {
  const archive = `${folder}.tar.gz`;
  const names = execFileSync('ls', [folder], { encoding: 'utf8' }).trim().split('\n');
  execFileSync('tar', ['-czf', archive, '-C', folder, ...names]);
  return archive;
}
