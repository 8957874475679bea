import type { Diagnostic, Location } from '../core/diagnostic.ts';
import type { Style } from './style.ts';
import { padEnd, textWidth } from './text-width.ts';

/** The object that `--json` prints on exit code 2. */
export interface DiagnosticJson {
  readonly code: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  readonly hint?: string;
}

export function diagnosticJson(diagnostic: Diagnostic): DiagnosticJson {
  const { code, message, hint, location } = diagnostic;
  return {
    code,
    ...(location && { file: location.file, line: location.line, column: location.column }),
    message,
    ...(hint !== undefined && { hint }),
  };
}

/**
 * All diagnostics, separated by empty lines, ending in a newline:
 *
 *     pipelines/a.yaml:7:12: error: unknown reference 'trian.model' [unknown-reference]
 *       7 |     model: trian.model
 *         |            ^^^^^^^^^^^
 *       hint: did you mean 'train.model'?
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  style: Style,
  kind: 'error' | 'note' = 'error',
): string {
  const word = kind === 'error' ? style.red(kind) : style.cyan(kind);
  return diagnostics.map((d) => `${renderDiagnostic(d, style, word)}\n`).join('\n');
}

function renderDiagnostic(diagnostic: Diagnostic, style: Style, word: string): string {
  const { code, message, hint, location, related } = diagnostic;
  const where = location ? `${style.bold(place(location))}: ` : '';
  const lines = [`${where}${word}: ${message} ${style.dim(`[${code}]`)}`];
  if (location) lines.push(...excerpt(location, style, style.red));
  if (hint !== undefined) {
    const [first = '', ...rest] = hint.split('\n');
    lines.push(`  ${style.cyan('hint')}: ${first}`, ...rest.map((line) => `        ${line}`));
  }
  for (const other of related ?? []) {
    lines.push(`  ${style.bold(place(other.location))}: ${other.message}`);
    lines.push(...excerpt(other.location, style, style.cyan));
  }
  return lines.join('\n');
}

const place = (at: Location): string => `${at.file}:${at.line}:${at.column}`;

/** The maximum length of a line, so that the marker stays visible. */
const MAX_EXCERPT = 160;

function excerpt(at: Location, style: Style, marker: (text: string) => string): string[] {
  if (at.text === undefined) return [];
  // A part of a very long line around the marker.
  const from = at.column > MAX_EXCERPT - 20 ? at.column - 40 : 0;
  const visible = visibleText(at.text.slice(from, from + MAX_EXCERPT));
  const before = visibleText(at.text.slice(from, at.column - 1));
  const marked = visibleText(
    at.text.slice(at.column - 1, Math.min(at.column - 1 + (at.length ?? 1), from + MAX_EXCERPT)),
  );
  const number = String(at.line);
  const gutter = style.dim(`  ${number} | `);
  const empty = style.dim(`  ${padEnd('', number.length)} | `);
  const underline = '^'.repeat(Math.max(1, textWidth(marked)));
  return [gutter + visible, empty + ' '.repeat(textWidth(before)) + marker(underline)];
}

/** A tab is shown as one space, other control characters as U+FFFD: columns stay aligned, nothing is executed. */
function visibleText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replaceAll('\t', ' ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
