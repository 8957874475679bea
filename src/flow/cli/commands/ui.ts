import { exitCodeOf, processInterrupts } from '../../engine/interrupts.ts';
import type { InterruptSignal } from '../../engine/interrupts.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { messageOf } from '../../core/system-error.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import { isCache } from '../../store/cache-folder.ts';
import { openStore } from '../../store/open-store.ts';
import { RunStore } from '../../store/records/runs.ts';
import { readAsset } from '../../web/assets.ts';
import { type Serving, serveUi } from '../../web/server/serve.ts';
import { type RecordedRuns, uiSource } from '../../web/server/ui-source.ts';
import { style } from '../../web/style.ts';
import { type Args, type Ended, type Io, printJson, refuse, usage } from '../args/command.ts';
import { recordedOptions } from '../catalogue/recorded-options.ts';
import { openProject, type Project } from '../project/project.ts';
import type { Session } from '../project/session.ts';
import { openRunView } from '../project/run-view.ts';

/** "FLOW" on a telephone's keys. */
const PORT = 3569;

/** `flow ui`: serves the live view until it is interrupted. */
export async function uiCommand(args: Args, io: Io): Promise<Ended> {
  const given = args.value('port');
  const port = given === undefined ? undefined : Number(given);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    return usage(
      'bad-option-value',
      `--port must be a whole number of at most 65535, not '${given}'`,
    );
  }
  const project = await openProject(args, io);
  if (!project.ok) return project;
  const assets = { script: await readAsset('ui.js'), style };
  const recorded = recordedRuns(project.value, io);
  const serving = await listen((at) => serveUi(uiSource(recorded), assets, at), port);
  if (!serving.ok) {
    return refuse(3, {
      code: 'no-port',
      message: `cannot listen on port ${port ?? PORT}: ${serving.error}`,
      hint: 'choose another port with --port',
    });
  }
  if (args.has('json')) await printJson(io, { url: serving.value.url });
  else await io.out(`${serving.value.url}\n`);
  if (!isCache(project.value.cache)) {
    io.stderr.write('there are no runs yet; the page will show new runs\n');
  }
  const signal = await new Promise<InterruptSignal>((resolve) => {
    processInterrupts().on(resolve);
  });
  await serving.value.close();
  await recorded.close();
  return ok(exitCodeOf[signal]);
}

/** Opens the cache for the first request after somebody has created it. */
function recordedRuns(project: Project, io: Io): RecordedRuns & { close(): Promise<void> } {
  let store: Promise<DiskStore | undefined> | undefined;
  const open = async (): Promise<Session | undefined> => {
    if (!isCache(project.cache)) return undefined;
    store ??= openStore(project.cache).then((opened) => (opened.ok ? opened.value : undefined));
    const found = await store;
    return found && { io, project, store: found, runs: new RunStore(found.root) };
  };
  return {
    runs: async () => (await open())?.runs,
    view: async (run) => {
      const session = await open();
      if (session === undefined || (await session.runs.read(run)) === undefined) return undefined;
      const view = await openRunView(session, run);
      return view.ok ? view.value : undefined;
    },
    optionsOf: recordedOptions,
    close: async () => (await store)?.close(),
  };
}

/** Listens on the given port, else on the usual port, else on any free port. */
async function listen(
  serve: (port: number) => Promise<Serving>,
  port: number | undefined,
): Promise<Result<Serving, string>> {
  try {
    return ok(await serve(port ?? PORT));
  } catch (error) {
    if (port !== undefined) return err(messageOf(error));
  }
  return ok(await serve(0));
}
