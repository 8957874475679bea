import type { Diagnostic } from '../../core/diagnostic.ts';
import { locationOf, type Place } from '../spec.ts';
import { WrittenNumbers } from '../yaml/written-numbers.ts';

/** Collects diagnostics. The same diagnostic in several instances of a stage counts once. */
export class Problems {
  /** Notes about them are no mistakes. */
  readonly numbers = new WrittenNumbers();
  readonly #notes = new Map<string, Diagnostic>();
  readonly #found = new Map<string, Diagnostic>();

  get all(): readonly Diagnostic[] {
    return [...this.#found.values()];
  }

  /** What may not be meant so, but is no mistake. */
  get notes(): readonly Diagnostic[] {
    return [...this.#notes.values(), ...this.numbers.notes];
  }

  note(place: Place, code: string, message: string, hint: string): void {
    keepOnce(this.#notes, { code, message, hint, location: locationOf(place) });
  }

  add(diagnostic: Diagnostic): void {
    keepOnce(this.#found, diagnostic);
  }

  /**
   * @param place undefined: an argument, which the message names
   * @param hint what to write instead
   */
  at(place: Place | undefined, code: string, message: string, hint: string): void {
    this.add({ code, message, hint, ...(place && { location: locationOf(place) }) });
  }
}

function keepOnce(all: Map<string, Diagnostic>, diagnostic: Diagnostic): void {
  const { file, line, column } = diagnostic.location ?? { file: '', line: 0, column: 0 };
  const id = [diagnostic.code, file, line, column, diagnostic.message].join('\0');
  if (!all.has(id)) all.set(id, diagnostic);
}
