// Takes files out of a wheel, which is a zip archive, without reading the rest.
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { ProvisionError } from '../failure.ts';
import { checkEntryName, orRefuse } from './refusals.ts';

const UNIX = 3;
const LINK = 0o120000;
const KIND = 0o170000;

/**
 * @param place where a file of the archive goes; undefined: nowhere
 * @returns how many files were taken
 * @throws ProvisionError if a name in the archive leads out of it, or a wanted file is not complete
 */
export async function unzip(
  archive: string,
  place: (name: string) => string | undefined,
): Promise<number> {
  const damaged = `${archive} is not a complete zip archive`;
  const zip = await orRefuse(damaged, () => openPromise(archive, ZIP_OPTIONS));
  try {
    const taken = new Set<string>();
    for (const entry of await orRefuse(damaged, () => entriesOf(zip, archive))) {
      const to = place(nameOf(entry));
      if (to === undefined || nameOf(entry).endsWith('/')) continue;
      const refused = `${archive}: ${JSON.stringify(nameOf(entry))} cannot be taken out`;
      if (taken.has(to)) throw new ProvisionError(`${refused}: it is there twice`);
      taken.add(to);
      await mkdir(path.dirname(to), { recursive: true });
      await orRefuse(refused, () => extract(zip, entry, to));
    }
    return taken.size;
  } finally {
    zip.close();
  }
}

/** The names in a wheel are UTF-8, whatever its flags say. */
const ZIP_OPTIONS = { autoClose: false, decodeStrings: false };

function nameOf({ fileNameRaw }: Entry): string {
  return fileNameRaw.toString('utf8');
}

function modeOf({ versionMadeBy, externalFileAttributes }: Entry): number {
  return versionMadeBy >> 8 === UNIX ? externalFileAttributes >>> 16 : 0;
}

/** Checks all names before it writes anything: one bad name is enough to refuse the archive. */
async function entriesOf(zip: ZipFile, archive: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  for (const entry of entries) checkEntryName(nameOf(entry), archive);
  return entries;
}

async function extract(zip: ZipFile, entry: Entry, to: string): Promise<void> {
  if ((modeOf(entry) & KIND) === LINK) throw new Error('it is a link');
  if (!entry.canDecodeFileData()) throw new Error('it is encrypted, or packed by another method than deflate'); // prettier-ignore
  // Opened before anything can fail: a stream that opens the file later could create it again after its removal.
  const made = await open(to, 'w', (modeOf(entry) & 0o111) === 0 ? 0o644 : 0o755);
  try {
    // yauzl compares the number of bytes with the directory's, so an archive bomb stops at its declared size.
    // Its stream can fail from the next turn of the event loop on, so nothing may come between.
    const source = await zip.openReadStreamPromise(entry);
    await pipeline(source, (chunks) => checked(chunks, entry), made.createWriteStream());
  } catch (error) {
    await made.close();
    await rm(to, { force: true });
    throw error;
  }
}

async function* checked(chunks: AsyncIterable<Buffer>, entry: Entry) {
  let sum = 0;
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw new Error('its checksum is wrong');
}
