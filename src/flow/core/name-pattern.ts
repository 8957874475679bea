// The names that a pattern without `/` and `{}` matches. picomatch tries every division of a name among the
// stars (1.1 s for `*a*a*a*a*a*a*b` and 60 letters, growing with the seventh power), and gives more signs a
// meaning, so other files would enter keys.

/**
 * The expression decides in one pass over a name. The text between two stars matches at the first place
 * that fits, and no later place is tried: a lookahead that a backreference repeats is not entered again. A class that ends
 * before it begins (`[b-a]`) matches nothing.
 */
export function namePattern(pattern: string): RegExp {
  const [first = '', ...others] = betweenStars(pattern);
  const last = others.pop();
  const middle = others.map((text, index) => `(?=(.*?${text}))\\${index + 1}`);
  const source = `^${first}${middle.join('')}${last === undefined ? '' : `.*${last}`}$`;
  try {
    return new RegExp(source, 's');
  } catch {
    return /$^/;
  }
}

/** The expressions of the texts before, between and after the stars. */
function betweenStars(pattern: string): readonly string[] {
  const parts = [''];
  for (const [token] of pattern.matchAll(/\*+|\?|\[!?[^\]]+\]|[^]/g)) {
    if (token.startsWith('*')) parts.push('');
    else parts[parts.length - 1] += expressionOf(token);
  }
  return parts;
}

function expressionOf(token: string): string {
  if (token === '?') return '.';
  if (token.length > 1) {
    return `[${token.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
  }
  return token.replace(/[.+^$()|\\{}[\]]/, '\\$&');
}
