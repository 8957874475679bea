import { spawnSync } from 'node:child_process';
import type { TempProject } from './temp-project.ts';

const version = spawnSync('python3', ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';

/** Tests of py stages are skipped where there is no Python for them. */
export const noPython = !/^Python 3\.([89]|\d\d)\b/.test(version);

if (noPython) process.stderr.write('no Python 3.8 here: tests of py stages are skipped\n');

export const py = { kind: 'py', entry: 'stages/x.py' } as const;

export async function moduleNames(project: TempProject): Promise<readonly string[]> {
  return ((await project.code(py)).python?.modules ?? []).map(({ path }) => path);
}

export async function digest(project: TempProject): Promise<string | undefined> {
  return (await project.code(py)).python?.digest;
}
