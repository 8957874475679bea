import { ok, type Result } from '../../core/result.ts';
import { audit, type Audit, type Auditor } from '../../engine/audit/audit.ts';
import { exitCodeOf, processInterrupts } from '../../engine/interrupts.ts';
import { openSandbox } from '../../engine/sandbox/bubblewrap.ts';
import type { Finding } from '../../engine/audit/findings.ts';
import { openStrace } from '../../engine/audit/strace.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { table } from '../../report/table.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  printLines,
  refuse,
  type Refusal,
} from '../args/command.ts';
import { oneOf } from '../args/parse-args.ts';
import type { Session } from '../project/session.ts';
import { isThere, runOf, type Target, withTarget } from '../project/target.ts';

/** `flow audit`: the undeclared reads and writes of a stage. */
export async function auditCommand(args: Args, io: Io): Promise<Ended> {
  const work = async (target: Target): Promise<Ended> => {
    const { session, view, instance } = target;
    const auditor = chooseAuditor(args, session);
    if (!auditor.ok) return auditor;
    const { read } = session.project.sandbox;
    const interrupts = processInterrupts();
    const end = await audit({ ctx: view.context, instance, auditor: auditor.value, read, interrupts }); // prettier-ignore
    switch (end.kind) {
      case 'interrupted':
        return ok(exitCodeOf[end.signal]);
      case 'broken':
        return refuse(1, { code: end.failure.reason, ...end.failure });
      case 'awaiting': {
        const message = `the inputs of ${instance.id} are not all in the cache; missing: ${end.on.join(', ')}`;
        return refuse(1, { code: 'awaiting', message, hint: runOf(target, args) });
      }
      case 'audited':
        if (args.has('json')) await printJson(io, end.audit);
        else await printLines(io, auditLines(end.audit, styleFor(io.stdout, io.env)));
        return ok(end.audit.ok ? 0 : 1);
    }
  };
  return withTarget(args, io, isThere, work, { starts: true });
}

/** strace if it works on this machine, else bubblewrap; --tool chooses. */
function chooseAuditor(args: Args, { io, project }: Session): Result<Auditor, Refusal> {
  const wanted = args.value('tool');
  const tool = oneOf('tool', wanted, ['strace', 'bubblewrap'] as const, 'strace');
  if (!tool.ok) return refuse(2, tool.error);
  const why: string[] = [];
  if (tool.value === 'strace') {
    const strace = openStrace(io.env);
    if (typeof strace === 'object') return ok({ by: 'strace', strace });
    why.push(
      strace === undefined
        ? 'strace is not on PATH'
        : `strace does not work on this machine: ${strace}`,
    );
  }
  if (wanted !== 'strace') {
    const sandbox = openSandbox(io.env, project.sandbox);
    if (sandbox.ok) return ok({ by: 'bubblewrap', sandbox: sandbox.value });
    why.push(sandbox.error.message);
  }
  return refuse(3, {
    code: 'no-auditor',
    message: `flow cannot audit a stage on this machine: ${why.join('; ')}`,
    hint: 'install strace or bubblewrap (Linux only): apt-get install strace bubblewrap',
  });
}

/** The maximum paths of a kind; --json has all. */
const MAX_SHOWN = 40;

function auditLines(found: Audit, style: Style): string[] {
  const { id, by, reads, writes, network, differing, failure } = found;
  if (found.ok) {
    const how = by === 'strace' ? 'no undeclared reads' : 'needs no undeclared file';
    return [`${style.bold(id)}: ${how}, no writes outside the scratch folder (${by})`];
  }
  const lines = [`${style.bold(id)}: found by ${by}`];
  lines.push(...section('read, but not declared', reads, readHint, style));
  lines.push(...section('written outside the scratch folder', writes, writeHint, style));
  if (network.length > 0) {
    lines.push('', `connected to: ${network.join(', ')}`);
    lines.push(
      style.dim(
        '  download the file before the run and declare it: no key covers data from a network',
      ),
    );
  }
  for (const name of differing) {
    lines.push('', `output '${name}' has other content in the sandbox than in the cache`);
  }
  if (failure) {
    lines.push('', `the stage failed: ${failure.message}`);
    lines.push(...(failure.tail ?? []).map((line) => style.dim(`  │ ${line}`)));
  }
  return lines;
}

function section(
  title: string,
  found: readonly Finding[],
  hint: (finding: Finding) => string,
  style: Style,
): string[] {
  if (found.length === 0) return [];
  const rows = found.slice(0, MAX_SHOWN).map((each) => [each.path, each.owner, hint(each)]);
  const rest = found.length - MAX_SHOWN;
  const columns = [{ title }, { title: 'of' }, { title: 'instead' }];
  const lines = table(columns, rows, style.dim);
  return ['', ...lines, ...(rest > 0 ? [`… and ${rest} more: --json`] : [])];
}

function readHint({ path, owner }: Finding): string {
  switch (owner) {
    case 'project':
      return `declare it: as an input ./${path}, or with code: [${path}]`;
    case 'package':
      return 'import it with an import statement, or list it under code:';
    case 'cache':
      return 'read artifacts through inputs';
    case 'home':
    case 'other':
      return path.endsWith('/')
        ? 'declare the files that it reads there'
        : `declare it: as an input ${path}`;
  }
}

function writeHint({ owner }: Finding): string {
  return owner === 'project' ? 'declare an output and export it' : 'write to $TMPDIR or out/';
}
