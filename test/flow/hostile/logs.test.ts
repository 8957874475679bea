import { statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Project } from '../../rig/project.ts';

// What a stage may do to its log and to the file of its events, and what it may write there.

vi.setConfig({ testTimeout: 180_000 });

let project: Project;

beforeEach(() => {
  project = new Project();
});

afterEach(() => project.close());

const run = (): ReturnType<Project['flow']> => project.flow(['run', 'pipelines/p.yaml']);

describe('in place of its event file', () => {
  test.each([
    ['a FIFO', 'mkfifo "$FLOW_EVENTS"'],
    ['a folder', 'mkdir "$FLOW_EVENTS"'],
    ['a link to what has no end', 'ln -s /dev/zero "$FLOW_EVENTS"'],
  ])('%s stops nobody', async (_what, make) => {
    project.pipeline(`stages:
  s: { sh: '${make}; sleep 1; echo 1 > \${outputs.o}', outputs: { o: o.txt } }
`);
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([0, expect.stringContaining('not a plain file')]);
  });
});

describe('a log', () => {
  test('of binary noise, terminal codes and no end of line is kept to the byte', async () => {
    project.pipeline(`stages:
  s:
    cmd: [node, -e, 'const b = Buffer.alloc(65536); for (let i = 0; i < b.length; i++) b[i] = i * 7919 >> 3; for (let i = 0; i < 640; i++) process.stdout.write(b); require("fs").writeFileSync(process.argv[1], "x")', "\${outputs.o}"]
    outputs: { o: o.txt }
`);
    expect(await project.runJson()).toMatchObject({ code: 0, ran: 1 });
    const { log } = JSON.parse((await project.flow(['show', 's', '--json'])).stdout) as {
      log: string;
    };
    expect(statSync(project.at(log)).size).toBe(640 * 65536);
  });

  test('that its stage replaced by a FIFO stops nobody', async () => {
    project.pipeline(`stages:
  s: { sh: 'l=$(readlink /proc/$$/fd/2); rm "$l"; mkfifo "$l"; exit 3', outputs: { o: o.txt } }
`);
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([1, expect.stringContaining('exited with code 3')]);
  });

  test('in whose place the attempt before put a FIFO fails that attempt alone', async () => {
    project.pipeline(
      `stages:
  s: { sh: 'l=$(readlink /proc/$$/fd/2); mkfifo "$\${l%.1.log}.2.log"; exit 3', retries: { times: 1, on: [3], backoff: 1ms }, outputs: { o: o.txt } }
`,
    );
    const { code, stderr } = await run();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/ENXIO.*logs\/s\.2\.log/u)]);
  });

  test('of a failure is shown without its codes, and is JSON', async () => {
    project.pipeline(`stages:
  s:
    sh: printf 'a\\033]0;title\\007\\033[2Jb\\377\\000c\\r\\n%01000000d' 0; exit 1
    outputs: { o: o.txt }
`);
    const { stderr } = await run();
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/u);
    expect(stderr.length).toBeLessThan(20_000);
    const asJson = await project.flow(['run', 'pipelines/p.yaml', '--json']);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ ok: false, failed: 1 });
  });
});
