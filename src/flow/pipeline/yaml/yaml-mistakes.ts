import type { Diagnostic } from '../../core/diagnostic.ts';
import type { SourceFile, Span } from '../source-file.ts';

/** Later errors of the parser on the same or the next line mostly follow from the first one. */
export function follows({ code, location }: Diagnostic, before: Diagnostic | undefined): boolean {
  if (before === undefined || code === 'duplicate-key') return false;
  return (location?.line ?? 0) <= (before.location?.line ?? 0) + 1;
}

/** The message of the parser, for a user who does not know its terms. */
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

export const KEEP_ONE = 'keep only one of them: YAML would lose the other';

const syntax = (message: string, hint: string) => ({ code: 'yaml-syntax', message, hint });

/** The most common cause of each error code of the parser. */
function syntaxHint(
  code: string,
  message: string,
  line: string,
  column: number,
): Omit<Diagnostic, 'location'> {
  if (/^\s*\t/.test(line)) {
    return { code: 'bad-indentation', message: 'this line is indented with a tab', hint: 'indent with spaces' }; // prettier-ignore
  }
  const unclosed =
    /flow (map|seq|collection).* end with an? ([\]}])/i.exec(message)?.[2] ??
    /missing closing (['"])/i.exec(message)?.[1];
  if (unclosed !== undefined) {
    const what = /[\]}]/.test(unclosed) ? 'a bracket' : 'a quote';
    return syntax(
      `${what} that begins before this place is not closed`,
      `add the missing ${unclosed}`,
    );
  }
  const bare = unquotedReference(line, column);
  if (bare !== undefined) {
    return syntax(
      'in a list or mapping with brackets, a string with ${…} must be in quotes',
      `write '${bare}'`,
    );
  }
  const list = unquotedBracket(message, line, column);
  if (list !== undefined) {
    return syntax(
      'in a list or mapping with brackets, a string with [ must be in quotes',
      `write '${list}'`,
    );
  }
  const rest = line.slice(column - 1);
  const [, key = '', value = ''] = /^\s*(?:- )?([\w-]+): +(.*?: .*)$/.exec(line) ?? [];
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && value !== '') {
    return syntax(
      "a string contains ': ', which begins a mapping",
      `put it into quotes: ${key}: '${value.replaceAll("'", "''")}'`,
    );
  }
  if (/Implicit map keys need/i.test(message) && /^[\w-]+:?\S*\s*$/.test(rest)) {
    return syntax(
      `'${rest.trim()}' is not a key with a value`,
      'write a colon and a space after the key: KEY: VALUE',
    );
  }
  if (
    code === 'BAD_INDENT' ||
    /indent|same column|Implicit map key|Nested mappings/i.test(message)
  ) {
    return {
      code: 'bad-indentation',
      message: `the indentation is wrong: ${lowerFirst(message)}`,
      hint: 'start all keys of a mapping in the same column; indent their values more',
    };
  }
  if (code === 'MULTIPLE_DOCS') {
    const hint = 'remove the line ---, or make two files: a file contains one pipeline';
    return syntax('a second document begins here', hint);
  }
  return syntax(`this is not valid YAML: ${lowerFirst(message)}`, syntaxHints[code] ?? QUOTE);
}

/** The string without quotes around the `${` where the parser stopped. YAML reads its `{` as a mapping. */
function unquotedReference(line: string, column: number): string | undefined {
  const dollar = line[column - 1] === '$' ? column - 1 : column - 2;
  if (!line.startsWith('${', dollar)) return undefined;
  const before = /(?:[^\s,[{:'"][^,[{'"]*?)?$/.exec(
    line.slice(0, dollar).replace(/^.*(?:: |[[{,] *)/, ''),
  );
  const after = /^\$\{[^}]*\}(?:\$\{[^}]*\}|[^,}\]$])*/.exec(line.slice(dollar));
  if (before === null || after === null) return undefined;
  return `${before[0]}${after[0]}`.trim();
}

/** `integer[]` without quotes, of which YAML reads the `[` as the beginning of a list. */
function unquotedBracket(message: string, line: string, column: number): string | undefined {
  if (!/unexpected flow-seq-start at node end/i.test(message)) return undefined;
  const before = /[^\s,[{:'"]+$/.exec(line.slice(0, column - 1))?.[0] ?? '';
  const after = /^\[[^\]]*\]/.exec(line.slice(column - 1))?.[0];
  return before === '' || after === undefined ? undefined : `${before}${after}`;
}

const QUOTE = 'put a string that contains : # { } [ ] , & * ! | > % @ or ` into quotes';

/** Hints by the parser's error codes. */
const syntaxHints: Readonly<Record<string, string>> = {
  BAD_SCALAR_START: 'put the string into quotes: it begins with a reserved character of YAML',
  BAD_DQ_ESCAPE: 'use single quotes, or write \\\\: in double quotes \\ begins an escape',
  BLOCK_IN_FLOW: "add a comma before this place, or put a string that contains ': ' into quotes",
  MISSING_CHAR: 'add a comma before this place, or put a string with ${…} in a list into quotes',
  UNEXPECTED_TOKEN:
    'check the quotes and brackets before this place: double a quote in a quoted string, and write a space after the colon of a key',
};

export function tooDeep(file: SourceFile, span: Span): Diagnostic {
  const message = 'aliases or nesting make this file too large';
  const hint = 'write out the values, or use params';
  return { code: 'alias-bomb', message, hint, location: file.at(span) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
