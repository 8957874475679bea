import { ProvisionError } from '../failure.ts';

/** An archive is taken apart below one folder: no name in it may lead out. @throws ProvisionError */
export function checkEntryName(name: string, archive: string): void {
  const parts = name.replace(/\/$/, '').split('/');
  // A drive, and the other separator, mean something where Windows is.
  if (!/[\\\0]|^[a-z]:/i.test(name) && parts.every((part) => !['', '.', '..'].includes(part))) return; // prettier-ignore
  throw new ProvisionError(`${archive} holds ${JSON.stringify(name)}, which leads out of it`);
}
