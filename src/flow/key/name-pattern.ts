// The names that a pattern without `/` and `{}` matches. Kept, where picomatch would do, because it tries
// every division of a name among the stars (hours for `*a*a*a*a*a*a*b`), and gives more signs a meaning.

/**
 * One pass over a name decides: what stands between two stars is taken where it first fits, and never
 * tried elsewhere (a lookahead that a backreference repeats is not entered again). A class that ends
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

/** Expressions of what stands before, between and after the stars. */
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
