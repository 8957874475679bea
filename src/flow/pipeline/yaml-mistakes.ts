import type { Diagnostic } from '../core/diagnostic.ts';
import type { SourceFile, Span } from './source-file.ts';

/** What the parser says of the same line, or of the next one, mostly follows from what it stumbled on. */
export function follows({ code, location }: Diagnostic, before: Diagnostic | undefined): boolean {
  if (before === undefined || code === 'duplicate-key') return false;
  return (location?.line ?? 0) <= (before.location?.line ?? 0) + 1;
}

/** What the parser says, as a person who does not know its words needs it. */
export function syntaxDiagnostic(
  file: SourceFile,
  code: string,
  message: string,
  span: Span,
): Diagnostic {
  const location = file.at(span);
  const line = location.text ?? '';
  if (code === 'DUPLICATE_KEY') {
    const key = /^\s*-?\s*["']?([^:"']+)/.exec(line.slice(location.column - 1))?.[1] ?? '';
    return {
      code: 'duplicate-key',
      message: `'${key.trim()}' is written twice in one mapping`,
      hint: KEEP_ONE,
      location,
    };
  }
  const told = syntaxHint(code, message, line, location.column);
  return { ...told, location };
}

export const KEEP_ONE = 'keep one of them: the other would be lost';

const syntax = (message: string, hint: string) => ({ code: 'yaml-syntax', message, hint });

/** What the parser's word for it most often means. */
function syntaxHint(
  code: string,
  message: string,
  line: string,
  column: number,
): Omit<Diagnostic, 'location'> {
  if (/^\s*\t/.test(line)) {
    return { code: 'bad-indentation', message: 'a tab indents this line', hint: 'YAML is indented by spaces' }; // prettier-ignore
  }
  const unclosed =
    /flow (map|seq|collection).* end with an? ([\]}])/i.exec(message)?.[2] ??
    /missing closing (['"])/i.exec(message)?.[1];
  if (unclosed !== undefined) {
    const what = /[\]}]/.test(unclosed) ? 'a bracket' : 'a quote';
    return syntax(
      `${what} that opened above is not closed before this place`,
      `a ${unclosed} is missing at its end`,
    );
  }
  const rest = line.slice(column - 1);
  const [, key = '', value = ''] = /^\s*(?:- )?([\w-]+): +(.*?: .*)$/.exec(line) ?? [];
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && value !== '') {
    return syntax(
      "a text holds ': ', which begins a mapping",
      `quote it: ${key}: '${value.replaceAll("'", "''")}'`,
    );
  }
  if (/Implicit map keys need/i.test(message) && /^[\w-]+:?\S*\s*$/.test(rest)) {
    return syntax(
      `'${rest.trim()}' is no key and value`,
      'a colon and a space follow a key: KEY: VALUE',
    );
  }
  if (
    code === 'BAD_INDENT' ||
    /indent|same column|Implicit map key|Nested mappings/i.test(message)
  ) {
    return {
      code: 'bad-indentation',
      message: `the indentation does not fit: ${lowerFirst(message)}`,
      hint: 'keys of one mapping begin in one column, what belongs to a key is indented deeper',
    };
  }
  if (code === 'MULTIPLE_DOCS') {
    const hint = 'a file holds one pipeline: leave out the line ---, or make two files';
    return syntax('a second document begins here', hint);
  }
  return syntax(`not YAML: ${lowerFirst(message)}`, syntaxHints[code] ?? QUOTE);
}

const QUOTE = 'put a text that holds : # { } [ ] , & * ! | > % @ or ` into quotes';

/** By the parser's codes. */
const syntaxHints: Readonly<Record<string, string>> = {
  BAD_SCALAR_START: 'put the text into quotes: it begins with a sign that YAML keeps for itself',
  BAD_DQ_ESCAPE: 'in double quotes \\ begins an escape: use single quotes, or write \\\\',
  BLOCK_IN_FLOW: "a comma is missing before this place, or a text that holds ': ' needs quotes",
  MISSING_CHAR: 'a comma is missing before this place; a text with ${…} in a list needs quotes',
  UNEXPECTED_TOKEN:
    'a bracket or a quote ended before this place: a quote in a quoted text is doubled, and a space follows the colon of a key',
};

export function tooDeep(file: SourceFile, span: Span): Diagnostic {
  const message = 'aliases or nesting blow this file up beyond reason';
  const hint = 'write the values out, or use params';
  return { code: 'alias-bomb', message, hint, location: file.at(span) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
