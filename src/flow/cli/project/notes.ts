import type { Diagnostic } from '../../core/diagnostic.ts';
import { missingSecretHint, missingSecretMessage } from '../../engine/secrets/missing-secrets.ts';
import type { MissingSecret } from '../../engine/secrets/missing-secrets.ts';
import type { Dag } from '../../pipeline/dag.ts';
import { renderDiagnostics } from '../../report/print-diagnostic.ts';
import { forTerminal } from '../../report/printable.ts';
import { styleFor } from '../../report/style.ts';
import type { Io } from '../args/command.ts';

/** Prints what may not be meant so in the pipeline. Results stay alone on stdout. */
export function printNotes(io: Io, { notes }: Pick<Dag, 'notes'>): void {
  print(io, notes ?? []);
}

/** Prints which secrets are not set. They are no mistake of the pipeline. */
export function printMissingSecrets(io: Io, missing: readonly MissingSecret[]): void {
  const notes = missing.map((each) => {
    const [message, hint] = [missingSecretMessage(each), missingSecretHint(each.name)];
    return { code: 'missing-secret', message, hint };
  });
  print(io, notes);
}

function print(io: Io, notes: readonly Diagnostic[]): void {
  if (notes.length === 0) return;
  const style = styleFor(io.stderr, io.env);
  io.stderr.write(forTerminal(renderDiagnostics(notes, style, 'note'), style));
}
