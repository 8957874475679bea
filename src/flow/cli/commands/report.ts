import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ok, type Result } from '../../core/result.ts';
import { errorCode, messageOf } from '../../core/system-error.ts';
import { readRunFacts } from '../../inspect/run-facts.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import { readAsset } from '../../web/assets.ts';
import {
  type Args,
  type Ended,
  type Io,
  printJson,
  refuse,
  type Refusal,
  usage,
} from '../args/command.ts';
import { recordedOptions } from '../catalogue/recorded-options.ts';
import { notBelowFile } from '../project/destination.ts';
import { withSession } from '../project/session.ts';
import { openRunView } from '../project/run-view.ts';

/** `flow report`: a run as one HTML file, and as a trace. */
export async function reportCommand(args: Args, io: Io): Promise<Ended> {
  return withSession(args, io, undefined, async (session) => {
    const view = await openRunView(session, args.operands[0]);
    if (!view.ok) return view;
    const facts = await readRunFacts(view.value);
    const { buildPage } = await import('../../web/model/build-page.ts');
    const page = buildPage(facts, recordedOptions(view.value.record.argv));
    const trace = args.value('trace');
    const files: { readonly path: string; readonly text: string }[] = [];
    if (trace !== undefined) {
      const { traceOf } = await import('../../web/model/trace.ts');
      files.push({ path: trace, text: JSON.stringify(traceOf(page)) });
    }
    const html =
      args.value('output') ?? (trace === undefined ? `report-${page.run}.html` : undefined);
    if (html !== undefined) {
      const { reportDocument } = await import('../../web/report-document.tsx');
      const text = reportDocument(page, await readAsset('report.js'), policyHash);
      files.push({ path: html, text });
    }
    for (const file of files) {
      const refused = refusedFile(io, file.path, args.has('force'));
      if (refused !== undefined) return refused;
    }
    for (const file of files) {
      const failed = await writeWhole(path.resolve(io.cwd, file.path), file.text);
      if (failed !== undefined) {
        return refuse(3, { code: 'unwritable', message: `cannot write ${file.path}: ${failed}` });
      }
    }
    if (args.has('json')) {
      const shown = {
        ...(html !== undefined && { report: html }),
        ...(trace !== undefined && { trace }),
      };
      await printJson(io, { run_id: page.run, ...shown });
    } else for (const file of files) await io.out(`${file.path}\n`);
    return ok(0);
  });
}

function policyHash(text: string): string {
  return `sha256-${Buffer.from(hexOf(digestBytes(text)), 'hex').toString('base64')}`;
}

/** How a file begins that flow report wrote. */
const OWN = [/^<!doctype html>[^]*<meta name="generator" content="flow">/, /^\{"traceEvents":/];
const BEGINNING = 1024;

/** Refused if it would replace a file that a user made. */
function refusedFile(io: Io, shown: string, force: boolean): Result<never, Refusal> | undefined {
  const file = path.resolve(io.cwd, shown);
  const below = notBelowFile(io, path.dirname(file));
  if (below !== undefined) return below;
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isDirectory()) {
    return usage('exists', `${shown} is a folder`, `write the path of a file: ${path.join(shown, 'report.html')}`); // prettier-ignore
  }
  if (force || OWN.some((own) => own.test(beginningOf(file)))) return undefined;
  const message = `${shown} exists, and flow report did not write it`;
  return usage('exists', message, 'choose another file, or replace it with --force');
}

function beginningOf(file: string): string {
  const bytes = Buffer.alloc(BEGINNING);
  const opened = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(opened, bytes, 0, BEGINNING, 0)).toString('utf8');
  } finally {
    closeSync(opened);
  }
}

/** Writes the complete file or nothing. Returns the error. */
async function writeWhole(file: string, text: string): Promise<string | undefined> {
  const part = `${file}.part`;
  try {
    await writeFile(part, text);
    await rename(part, file);
    return undefined;
  } catch (error) {
    await rm(part, { force: true });
    const code = errorCode(error);
    return code === 'ENOENT' ? `there is no folder ${path.dirname(file)}` : messageOf(error);
  }
}
