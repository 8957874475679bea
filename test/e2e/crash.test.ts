import { afterEach, beforeEach, expect, it } from 'vitest';
import { Project } from '../rig/project.ts';
import type { RunJson } from '../rig/project.ts';

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project.close());

const links = 5;
const chain = (): string => {
  const stages = Array.from({ length: links }, (_, index) =>
    index === 0
      ? `  s0: { sh: 'sleep 0.05; echo 0 > \${outputs.o}; mkdir \${outputs.d}; echo 0 > \${outputs.d}/f', outputs: { o: o.txt, d: d/ } }`
      : `  s${index}: { sh: 'sleep 0.05; cat \${inputs.i} > \${outputs.o}; echo ${index} >> \${outputs.o}; cp -r \${inputs.d} \${outputs.d}; chmod -R u+w \${outputs.d}; echo ${index} >> \${outputs.d}/f', inputs: { i: s${index - 1}.o, d: s${index - 1}.d }, outputs: { o: o.txt, d: d/ } }`,
  );
  return `stages:\n${stages.join('\n')}\nexports: { last: s${links - 1}.d }\n`;
};
const digests = (run: RunJson): readonly unknown[] => run.instances.map(({ outputs }) => outputs);

it('a driver killed at any moment leaves a cache from which the next run ends as a clean one', async () => {
  project.pipeline(chain());
  const clean = await project.runJson();
  expect(clean).toMatchObject({ ok: true, ran: links });
  for (const afterMs of [0, 40, 110, 200, 300]) {
    const other = new Project();
    try {
      other.pipeline(chain());
      const killed = other.start(['run', 'pipelines/p.yaml']);
      while (!other.has('cache/runs')) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      killed.child.kill('SIGKILL');
      await killed.ended;
      const next = await other.runJson();
      expect(next).toMatchObject({ ok: true, failed: 0 });
      expect(digests(next)).toEqual(digests(clean));
      expect(other.read('last/f')).toBe(project.read('last/f'));
      expect(await other.runJson()).toMatchObject({ ran: 0, hit: links });
    } finally {
      other.close();
    }
  }
});

it('a stage that removes the cache is told what it did, and the next run makes all anew', async () => {
  project.pipeline(`stages:
  a: { sh: 'if printenv CACHE; then rm -rf "$(printenv CACHE)"; fi; echo 1 > \${outputs.o}', outputs: { o: o.txt }, env: { CACHE: { key: false } } }
  b: { sh: 'cat \${inputs.a} > \${outputs.o}', inputs: { a: a.o }, outputs: { o: o.txt } }
`);
  const removed = await project.flow(['run', 'pipelines/p.yaml'], { CACHE: project.at('cache') });
  expect(removed.code).toBe(3);
  expect(removed.stderr).toContain('another program removed it while flow was running');
  expect(removed.stderr).not.toMatch(/internal error| at .*\.[jt]s:/i);
  expect(await project.runJson()).toMatchObject({ ok: true, ran: 2 });
});
