// An archive is taken apart below one folder: what it is to blame for is refused.
import { ProvisionError } from '../failure.ts';

/** No name in an archive may lead out of the folder. @throws ProvisionError */
export function checkEntryName(name: string, archive: string): void {
  const parts = name.replace(/\/$/, '').split('/');
  // A drive, and the other separator, mean something where Windows is.
  if (!/[\\\0]|^[a-z]:/i.test(name) && parts.every((part) => !['', '.', '..'].includes(part))) return; // prettier-ignore
  throw new ProvisionError(`${archive} holds ${JSON.stringify(name)}, which leads out of it`);
}

/** An error of what reads the archive becomes a refusal; the system's errors, such as a full disk, stay. */
export async function orRefuse<T>(refusal: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (error instanceof ProvisionError || syscall !== undefined) throw error;
    throw new ProvisionError(`${refusal}: ${message}`);
  }
}
