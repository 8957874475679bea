import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Failure } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import { jobOf } from '../attempt/job.ts';
import type { EngineContext } from '../context.ts';
import type { Interrupts, InterruptSignal } from '../interrupts.ts';
import type { Ending, Job } from '../process/executor.ts';
import { failureOf } from '../attempt/failure.ts';
import { emptied, inSandbox } from '../sandbox/bubblewrap.ts';
import type { Sandbox } from '../sandbox/bubblewrap.ts';
import { FindingsBuilder } from './findings.ts';
import type { Finding, Findings } from './findings.ts';
import { TraceReader } from './read-trace.ts';
import { straced } from './strace.ts';
import type { Strace } from './strace.ts';
import { isIn } from '../sandbox/toolchains.ts';
import { viewOf } from '../sandbox/view.ts';
import type { View } from '../sandbox/view.ts';
import { underShell } from '../process/exit-status.ts';
import { LOCAL, openExecutor } from '../process/open-executor.ts';
import { surveyOne } from '../survey/survey-one.ts';
import { missingOutputs } from '../attempt/outputs.ts';
import { Redactor } from '../secrets/redactor.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';
import { inputFolders, layOut } from '../attempt/scratch-layout.ts';
import { secretsOf } from '../secrets/secrets.ts';

/** strace lists reads and writes. A sandbox only shows whether undeclared files are needed. */
export type Auditor =
  | { readonly by: 'strace'; readonly strace: Strace }
  | { readonly by: 'bubblewrap'; readonly sandbox: Sandbox };

export interface Audit extends Findings {
  readonly id: InstanceId;
  /** Whether nothing was found. */
  readonly ok: boolean;
  readonly by: Auditor['by'];
  /** In a sandbox: outputs with other bytes than the stored result. */
  readonly differing: readonly string[];
  /** Why the stage failed. */
  readonly failure?: Failure;
}

export type AuditEnd =
  | { readonly kind: 'audited'; readonly audit: Audit }
  /** The inputs that must be computed first. */
  | { readonly kind: 'awaiting'; readonly on: readonly InstanceId[] }
  | { readonly kind: 'broken'; readonly failure: Failure }
  | { readonly kind: 'interrupted'; readonly signal: InterruptSignal };

export interface AuditInput {
  readonly ctx: EngineContext;
  readonly instance: Instance;
  readonly auditor: Auditor;
  /** The files that every stage can read: `sandbox` of flow.yaml. */
  readonly read: readonly string[];
  readonly interrupts: Interrupts;
}

/**
 * Runs a stage once more with the inputs of a run, traces it, and compares its reads and writes
 * with its declarations. Stores nothing: result, checkpoint and record do not change.
 */
export async function audit(input: AuditInput): Promise<AuditEnd> {
  const { ctx, instance } = input;
  const found = await surveyOne(ctx, instance);
  if (found.state === 'awaiting') return { kind: 'awaiting', on: found.on };
  if (found.state === 'broken') return { kind: 'broken', failure: found.failure };
  const known = await ctx.store.action(found.key);

  const scratch = ctx.store.scratch.create();
  const aside = ctx.store.scratch.create();
  try {
    return await watched(input, found.action, known, scratch, aside);
  } finally {
    ctx.store.scratch.remove(scratch);
    ctx.store.scratch.remove(aside);
  }
}

async function watched(
  input: AuditInput,
  action: ResolvedAction,
  known: ActionResult | undefined,
  scratch: string,
  aside: string,
): Promise<AuditEnd> {
  const { ctx, instance, auditor } = input;
  const checkpoint = path.join(aside, 'checkpoint');
  mkdirSync(checkpoint);
  const layout = await layOut(ctx, instance, action, scratch, checkpoint);
  if (!layout.ok) {
    const { error } = layout;
    if (error.kind === 'failure') return { kind: 'broken', failure: error.failure };
    return { kind: 'broken', failure: { reason: 'store', message: error.message } };
  }
  const secrets = secretsOf(instance, ctx.env);
  if (!secrets.ok) return { kind: 'broken', failure: secrets.error };
  const inputs = inputFolders(layout.value);
  const view = viewOf(ctx, instance, action, { scratch, checkpoint, inputs });
  const { argv } = layout.value;
  const files = { trace: path.join(aside, 'trace'), log: path.join(aside, 'log') };
  const over = auditor.by === 'bubblewrap' ? foldersFor(view, aside) : new Map<string, string>();
  const job = jobOf({
    ctx,
    instance,
    action,
    scratch,
    log: files.log,
    devices: [],
    secrets: secrets.value,
    argv:
      auditor.by === 'strace'
        ? straced(auditor.strace, files.trace, underShell(argv))
        : inSandbox(auditor.sandbox, view, argv, over),
    wrapper: auditor.by === 'strace' ? { by: 'strace', trace: files.trace } : { by: 'bubblewrap' },
    // With io_uring, libuv opens files without a system call that strace sees.
    env: { UV_USE_IO_URING: '0' },
  });
  const { ending, signal } = await runJob(input, job);
  if (signal !== undefined) return { kind: 'interrupted', signal };
  const failure = failureOf(ending, argv, files.log, ctx.root, instance.timeoutMs);

  const builder = new FindingsBuilder(view, input.read);
  if (auditor.by === 'strace') await readTrace(files.trace, scratch, builder);
  else for (const [folder, taken] of over) addWritten(folder, taken, view, builder);
  const findings = redacted(builder.build(), new Redactor(Object.values(secrets.value)));
  const differing =
    auditor.by === 'bubblewrap' && failure === undefined && known !== undefined
      ? await differingOutputs(ctx, instance, scratch, known, files.log)
      : [];
  const { reads, writes, network } = findings;
  const quiet = [reads, writes, network, differing].every((list) => list.length === 0);
  const ok = quiet && failure === undefined;
  return {
    kind: 'audited',
    audit: { id: instance.id, ok, by: auditor.by, ...findings, differing, ...(failure && { failure: shown(failure) }) }, // prettier-ignore
  };
}

async function runJob(
  { interrupts }: AuditInput,
  job: Job,
): Promise<{ readonly ending: Ending; readonly signal: InterruptSignal | undefined }> {
  // strace sees processes of this machine.
  const executor = openExecutor(LOCAL);
  let interruptedBy: InterruptSignal | undefined;
  const submitted = executor.submit(job, () => undefined);
  const listening = interrupts.on((signal) => {
    interruptedBy ??= signal;
    submitted.cancel();
  });
  try {
    return { ending: await submitted.ended, signal: interruptedBy };
  } finally {
    listening();
    await executor.close();
  }
}

async function readTrace(file: string, start: string, into: FindingsBuilder): Promise<void> {
  const reader = new TraceReader(start);
  for await (const line of createInterface({ input: createReadStream(file) })) {
    for (const access of reader.read(line)) into.add(access);
  }
}

/**
 * One folder for each folder that a sandbox shows empty, so that flow sees what is written there.
 */
function foldersFor(view: View, aside: string): ReadonlyMap<string, string> {
  return new Map(
    emptied(view).map((folder, index) => {
      const taken = path.join(aside, `over-${index}`);
      mkdirSync(taken);
      return [folder, taken];
    }),
  );
}

function addWritten(folder: string, taken: string, view: View, into: FindingsBuilder): void {
  // Node 22 and later follow it.
  if (isIn(view.short, folder)) rmSync(path.join(taken, path.relative(folder, view.short)), { force: true }); // prettier-ignore
  for (const entry of readdirSync(taken, { recursive: true, withFileTypes: true })) {
    // Folders that bubblewrap made to put others into.
    if (entry.isDirectory()) continue;
    const name = path.relative(taken, path.join(entry.parentPath, entry.name));
    const file = path.join(folder, name);
    const placed = [...view.sources, ...view.toolchains].some((each) => each === file);
    if (!placed) into.add({ kind: 'write', path: file });
  }
}

async function differingOutputs(
  ctx: EngineContext,
  instance: Instance,
  scratch: string,
  known: ActionResult,
  log: string,
): Promise<readonly string[]> {
  const differing: string[] = [];
  for (const output of instance.outputs) {
    const { name, path: where } = output;
    // The target of a link in its place belongs to somebody else and would be moved.
    const missing = missingOutputs(ctx, { ...instance, outputs: [output] }, scratch, log);
    const made = missing ? undefined : await ctx.store.ingest(path.join(scratch, 'out', where), 'move'); // prettier-ignore
    if (made?.ok !== true || made.value.digest !== known.outputs[name]?.digest)
      differing.push(name);
  }
  return differing;
}

/** A stage can open a file whose name is its secret. */
function redacted({ reads, writes, network }: Findings, redactor: Redactor): Findings {
  const masked = ({ path: file, owner }: Finding): Finding => ({
    path: redactor.text(file),
    owner,
  });
  return {
    reads: reads.map(masked),
    writes: writes.map(masked),
    network: network.map((address) => redactor.text(address)),
  };
}

/** The log is removed with the scratch folder, so keep its last lines. */
function shown(failure: Failure): Failure {
  const { log, ...rest } = failure;
  return log === undefined ? failure : rest;
}
