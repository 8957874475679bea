import type { Diagnostic } from '../../core/diagnostic.ts';
import { locationOf, type Place } from '../spec.ts';
import type { SourceFile } from '../source-file.ts';
import type { Tree } from './tree.ts';

// Numbers whose zeros are lost: 3.10 is the number 3.1, and 007 is 7. That matters where somebody means a text.

interface Written {
  readonly text: string;
  /** Missing for an argument of -p. */
  readonly place?: Place;
}

const LEADING = /^[-+]?0\d/;
const TRAILING = /^[-+]?\d*\.\d*0$/;

export function losesZeros(text: string): boolean {
  return LEADING.test(text) || TRAILING.test(text);
}

/** Collects notes about them. */
export class WrittenNumbers {
  /** Name of a param or axis and its value -> what is written there. */
  readonly #known = new Map<string, Written>();
  /** Axis -> params that give its values. */
  readonly #sources = new Map<string, Set<string>>();
  readonly #notes = new Map<Written, Diagnostic>();

  get notes(): readonly Diagnostic[] {
    return [...this.#notes.values()];
  }

  /** The numbers in the value of a param or axis; `name.key` for those of a mapping. */
  learn(name: string, tree: Tree, file: SourceFile): void {
    switch (tree.kind) {
      case 'scalar':
        if (tree.written !== undefined) {
          this.#add(name, tree.value, { text: tree.written, place: { file, span: tree.span } });
        }
        return;
      case 'list':
        for (const item of tree.items) this.learn(name, item, file);
        return;
      case 'map':
        for (const { key, value } of tree.entries.values()) {
          this.learn(`${name}.${key}`, value, file);
        }
    }
  }

  /** The same of an argument of -p, without the brackets of a list. */
  learnArgument(name: string, text: string): void {
    for (const part of text.replaceAll(/[[\]]/g, '').split(',')) {
      const word = part.trim();
      if (losesZeros(word)) this.#add(name, Number(word), { text: word });
    }
  }

  /** The values of this axis come from a param. */
  derive(axis: string, param: string): void {
    this.#sources.set(axis, (this.#sources.get(axis) ?? new Set()).add(param));
  }

  /** This number becomes a part of a command, a path or a name. */
  useAsText(name: string, value: number): void {
    for (const known of [name, ...(this.#sources.get(name) ?? [])]) {
      const written = this.#known.get(`${known} ${value}`);
      if (written !== undefined) this.#note(name, value, written, 'is used as text');
    }
  }

  #add(name: string, value: unknown, written: Written): void {
    this.#known.set(`${name} ${String(value)}`, written);
    if (LEADING.test(written.text)) this.#note(name, Number(value), written, 'loses its zeros');
  }

  #note(name: string, value: number, written: Written, what: string): void {
    if (this.#notes.has(written)) return;
    const { text, place } = written;
    this.#notes.set(written, {
      code: 'lost-zeros',
      message: `${text} is the number ${value}, and '${name}' ${what}`,
      hint:
        place === undefined
          ? `to keep the zeros, make the default of '${name}' a string`
          : `to keep the zeros, put it into quotes: '${text}'`,
      ...(place !== undefined && { location: locationOf(place) }),
    });
  }
}
