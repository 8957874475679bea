import { unpackTar } from 'modern-tar';
import type { TarHeader } from 'modern-tar';
import { ProvisionError } from '../failure.ts';
import { checkEntryName, orRefuse } from './refusals.ts';

export interface TarFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * Regular files of a package as npm packs it, in their order.
 *
 * @param archive its name, for messages
 * @throws ProvisionError if it is damaged, a name leads out of it, or it holds a link or a device: npm packs none
 */
export async function tarFiles(
  tar: Uint8Array,
  archive: string,
  isWanted: (name: string) => boolean,
): Promise<readonly TarFile[]> {
  const filter = (header: TarHeader) => isFile(header, archive) && isWanted(header.name);
  return orRefuse(`${archive} is damaged`, async () => {
    const entries = await unpackTar(tar, { strict: true, filter });
    return entries.map(({ header: { name }, data = new Uint8Array() }) => ({ name, data }));
  });
}

/** false for a folder. @throws ProvisionError */
function isFile({ name, type }: TarHeader, archive: string): boolean {
  if (type === 'directory') return false;
  if (type !== 'file') throw new ProvisionError(`${archive} holds ${JSON.stringify(name)}, which is no regular file`); // prettier-ignore
  checkEntryName(name, archive);
  return true;
}
