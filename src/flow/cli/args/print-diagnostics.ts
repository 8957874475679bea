import type { Diagnostic } from '../../core/diagnostic.ts';
import { diagnosticJson, renderDiagnostics } from '../../report/print-diagnostic.ts';
import { forTerminal } from '../../report/printable.ts';
import { styleFor } from '../../report/style.ts';
import { type Io, printJson } from './command.ts';

/** Diagnostics in the order in which a reader of the file meets them. */
export async function printDiagnostics(
  io: Io,
  json: boolean,
  found: readonly Diagnostic[],
): Promise<void> {
  const diagnostics = found.toSorted(byPlace);
  if (json) await printJson(io, { ok: false, diagnostics: diagnostics.map(diagnosticJson) });
  else {
    const style = styleFor(io.stderr, io.env);
    io.stderr.write(forTerminal(renderDiagnostics(diagnostics, style), style));
  }
}

/** Those without a place first. */
function byPlace({ location: a }: Diagnostic, { location: b }: Diagnostic): number {
  if (!a || !b) return Number(a !== undefined) - Number(b !== undefined);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
