import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ok } from '../../core/result.ts';
import { errorCode, messageOf } from '../../core/system-error.ts';
import { readRunFacts } from '../../inspect/run-facts.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import { readAsset } from '../../web/assets.ts';
import { type Args, type Ended, type Io, printJson, refuse } from '../args/command.ts';
import { recordedOptions } from '../catalogue/recorded-options.ts';
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
    if (code === 'EISDIR') return 'it is a folder';
    return code === 'ENOENT' ? `there is no folder ${path.dirname(file)}` : messageOf(error);
  }
}
