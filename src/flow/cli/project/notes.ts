import type { Dag } from '../../pipeline/dag.ts';
import { renderDiagnostics } from '../../report/print-diagnostic.ts';
import { forTerminal } from '../../report/printable.ts';
import { styleFor } from '../../report/style.ts';
import type { Io } from '../args/command.ts';

/** Prints what may not be meant so in the pipeline. Results stay alone on stdout. */
export function printNotes(io: Io, { notes }: Pick<Dag, 'notes'>): void {
  if (notes === undefined) return;
  const style = styleFor(io.stderr, io.env);
  io.stderr.write(forTerminal(renderDiagnostics(notes, style, 'note'), style));
}
