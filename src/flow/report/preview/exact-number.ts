import { type Json, parseJson } from '../../core/json.ts';

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/**
 * The number that a text writes in JSON's form. The text itself if a number of 64 bits would be another one:
 * an integer beyond 2^53, 1e400, 1e-400. undefined: the text is no number.
 */
export function exactNumber(text: string): number | string | undefined {
  const [match, , fraction, exponent] = NUMBER.exec(text) ?? [];
  if (match === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  if (value === 0 && /[1-9]/.test(text.replace(/[eE].*/, ''))) return text;
  const whole = fraction === undefined && exponent === undefined;
  return whole && !Number.isSafeInteger(value) && BigInt(text) !== BigInt(value) ? text : value;
}

/** Strings are matched so that no number in one is taken for a value. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** As parseJson, with the text of every number that would become another one. */
export function parseExactJson(text: string): Json | undefined {
  const value = parseJson(text);
  if (value === undefined) return undefined;
  let inexact = false;
  const quoted = text.replaceAll(TOKEN, (token) => {
    if (token.startsWith('"') || typeof exactNumber(token) === 'number') return token;
    inexact = true;
    return `"${token}"`;
  });
  return inexact ? (JSON.parse(quoted) as Json) : value;
}
