// `${name}` in strings: values only, no expressions. `$${` is a literal `${`.

export type TemplatePart =
  | string
  /** `start` and `end`: its position in the string, for the marker. */
  | { readonly name: string; readonly start: number; readonly end: number };

export type Template =
  | { readonly ok: true; readonly parts: readonly TemplatePart[] }
  | { readonly ok: false; readonly message: string; readonly hint: string };

const NAME = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      literal += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = text.indexOf('}', at);
      const name = end === -1 ? text.slice(at + 2) : text.slice(at + 2, end);
      if (end === -1) {
        return {
          ok: false,
          message: `'\${${name}' is not closed`,
          hint: 'write ${NAME}, or $${ for the text ${',
        };
      }
      if (!NAME.test(name)) {
        return {
          ok: false,
          message: `'\${${name}}' does not contain a name`,
          hint: 'write only a name, no expression: compute the value in a stage; write $${ for the text ${',
        };
      }
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push({ name, start: at, end: end + 1 });
      at = end + 1;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  if (literal !== '' || parts.length === 0) parts.push(literal);
  return { ok: true, parts };
}

/** The name, if the string is exactly one `${name}`: it then keeps its type. */
export function wholeName(parts: readonly TemplatePart[]): string | undefined {
  const [only] = parts;
  return parts.length === 1 && typeof only === 'object' ? only.name : undefined;
}
