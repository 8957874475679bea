import type { Diagnostic } from '../core/diagnostic.ts';

/**
 * A workflow command that makes GitHub Actions mark the line in a pull request:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubAnnotation({ code, message, hint, location }: Diagnostic): string {
  const place =
    location === undefined
      ? []
      : [
          ['file', location.file],
          ['line', String(location.line)],
          ['col', String(location.column)],
          ['endColumn', String(location.column + (location.length ?? 1))],
        ];
  const properties = [...place, ['title', `flow: ${code}`]]
    .map(([name, value]) => `${name}=${escapeProperty(value ?? '')}`)
    .join(',');
  const text = hint === undefined ? message : `${message}\nhint: ${hint}`;
  return `::error ${properties}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
