// An archive is unpacked below one folder. flow refuses an archive that is damaged or leaves this folder.
import { ProvisionError } from '../failure.ts';

/** No name in an archive may lead out of the folder. @throws ProvisionError */
export function checkEntryName(name: string, archive: string): void {
  const parts = name.replace(/\/$/, '').split('/');
  // A drive and the backslash have a meaning on Windows.
  if (!/[\\\0]|^[a-z]:/i.test(name) && parts.every((part) => !['', '.', '..'].includes(part))) return; // prettier-ignore
  throw new ProvisionError(`${archive} holds ${JSON.stringify(name)}, which leads out of it`);
}

/** Turns an error in the archive into a refusal. Errors of the system, such as a full disk, stay unchanged. */
export async function orRefuse<T>(refusal: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (error instanceof ProvisionError || syscall !== undefined) throw error;
    throw new ProvisionError(`${refusal}: ${message}`);
  }
}
