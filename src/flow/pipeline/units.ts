const TIME: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const SIZE: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** `90s`, `10m`, `1.5h`, or a number of seconds -> milliseconds; undefined for another form. */
export function parseDuration(value: number | string): number | undefined {
  return parseUnit(typeof value === 'number' ? `${value}s` : value, TIME, 's');
}

/** `4GB`, `512MiB`, or a number -> bytes; undefined for another form. */
export function parseSize(value: number | string): number | undefined {
  return parseUnit(String(value), SIZE, 'B');
}

function parseUnit(
  text: string,
  units: Readonly<Record<string, number>>,
  standard: string,
): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  if (match === null) return undefined;
  const unit = units[match[2] === '' ? standard : (match[2] as string)];
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}
