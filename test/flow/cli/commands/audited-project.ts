import { Project } from '../../../rig/project.ts';

/** Stages that read, write, start and leave what they did not declare, and one that does not. */
export class AuditedProject extends Project {
  constructor() {
    super();
    this.write({ 'data/words.txt': 'b\na\n', 'data/extra.txt': 'x\n', 'home/.rc': 'y\n' });
    this.pipeline(`
stages:
  clean: { sh: 'sort \${inputs.w} > \${outputs.o}; echo half > checkpoint/half; echo t > $TMPDIR/t', inputs: { w: ./data/words.txt }, outputs: { o: o.txt } }
  reads: { sh: 'cat "$T/data/extra.txt" ~/.rc > \${outputs.o}; ls "$T/data"', env: [T], outputs: { o: o.txt } }
  writes: { sh: 'echo 1 > \${outputs.o}; echo 1 > "$T/data/new"; mkdir ~/made; rm "$T/data/extra.txt"; echo n > /dev/null', env: [T], outputs: { o: o.txt } }
  reader: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: clean.o }, outputs: { o: o.txt } }
  fails: { sh: 'cat "$T/data/extra.txt"; echo no luck >&2; exit 3', env: [T], outputs: { o: o.txt } }
  daemon: { sh: 'setsid sh -c "echo \\$\\$ > \\"$T/pid\\"; exec sleep 600" & sleep 600 & until [ -s "$T/pid" ]; do sleep 0.02; done; echo 1 > \${outputs.o}', env: [T], outputs: { o: o.txt } }
  needs: { sh: '[ ! -e "$T/data/extra.txt" ] || echo extra; echo 1 > \${outputs.o}', env: [T], outputs: { o: o.txt } }
  branches: { sh: '[ ! -e "$T/data/extra.txt" ] || echo extra > \${outputs.o}; echo 1 >> \${outputs.o}', env: [T], outputs: { o: o.txt } }
targets: [clean, reads, writes, reader, fails, daemon, needs, branches]
`);
  }

  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { HOME: this.at('home'), T: this.root, ...more };
  }

  /** `flow audit … --json`, parsed. */
  async audit(id: string, ...more: readonly string[]) {
    const ended = await this.flow(['audit', id, '-f', 'pipelines/p.yaml', '--json', ...more], this.env()); // prettier-ignore
    if (ended.stdout === '') throw new Error(ended.stderr);
    return { code: ended.code, ...(JSON.parse(ended.stdout) as Readonly<Record<string, unknown>>) };
  }
}

/** Of an audit that found nothing. */
export const none = { reads: [], writes: [], network: [], differing: [] };
