import { existsSync } from 'node:fs';
import path from 'node:path';
import { exitCodeOf, processInterrupts } from '../../engine/interrupts.ts';
import type { InterruptSignal } from '../../engine/interrupts.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type Serving, serveUi } from '../../web/server/serve.ts';
import { style } from '../../web/style.ts';
import { type Args, type Ended, type Io, printJson, refuse, usage } from '../args/command.ts';
import { openProject } from '../project/project.ts';
import { readAsset } from './report.ts';
import { uiSource } from '../inspect/ui-source.ts';

/** "FLOW" on a telephone's keys. */
const PORT = 3569;

/** `flow ui`: serves the live view until it is interrupted. */
export async function uiCommand(args: Args, io: Io): Promise<Ended> {
  const given = args.value('port');
  const port = given === undefined ? undefined : Number(given);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    return usage('bad-option-value', `--port takes a whole number to 65535, not '${given}'`);
  }
  const project = await openProject(args, io);
  if (!project.ok) return project;
  const { cache } = project.value;
  const assets = { script: await readAsset('ui.js'), style };
  const source = uiSource(project.value, io);
  const serving = await listen((at) => serveUi(source, assets, at), port);
  if (!serving.ok) {
    return refuse(3, {
      code: 'no-port',
      message: `cannot listen on port ${port ?? PORT}: ${serving.error}`,
      hint: 'choose another with --port',
    });
  }
  if (args.has('json')) await printJson(io, { url: serving.value.url });
  else await io.out(`${serving.value.url}\n`);
  if (!existsSync(path.join(cache, 'VERSION'))) {
    io.stderr.write('nothing has run here yet; the page shows runs as they come\n');
  }
  const signal = await new Promise<InterruptSignal>((resolve) => {
    processInterrupts().on(resolve);
  });
  await serving.value.close();
  await source.close();
  return ok(exitCodeOf[signal]);
}

/** On the port that was asked for, or on the usual one, or on any that is free. */
async function listen(
  serve: (port: number) => Promise<Serving>,
  port: number | undefined,
): Promise<Result<Serving, string>> {
  try {
    return ok(await serve(port ?? PORT));
  } catch (error) {
    if (port !== undefined) return err((error as Error).message);
  }
  return ok(await serve(0));
}
