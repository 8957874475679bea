import type { Preview } from './preview.ts';

/** By magic numbers: a name may lie. undefined: no image. */
export function imageFacts(head: Uint8Array): Preview | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 4096));
  const magic = bytes.toString('latin1', 0, 8);
  if (magic === '\x89PNG\r\n\x1a\n' && bytes.length >= 24) {
    return image('PNG', `${bytes.readUInt32BE(16)} × ${bytes.readUInt32BE(20)} pixels`);
  }
  if (magic.startsWith('GIF8') && bytes.length >= 10) {
    return image('GIF', `${bytes.readUInt16LE(6)} × ${bytes.readUInt16LE(8)} pixels`);
  }
  if (magic.startsWith('\xff\xd8\xff')) return image('JPEG', 'a picture');
  if (magic.startsWith('%PDF-')) return image('PDF', 'a document');
  const svg =
    /^(?:\ufeff)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg\b([^>]*)/i;
  const tag = svg.exec(bytes.toString('utf8'))?.[1];
  if (tag === undefined) return undefined;
  const side = (name: string): string | undefined =>
    new RegExp(`\\b${name}="([\\d.]+)(?:px)?"`).exec(tag)?.[1];
  const [width, height] = [side('width'), side('height')];
  return image('SVG', width && height ? `${width} × ${height}` : 'a drawing');
}

function image(kind: string, brief: string): Preview {
  return { format: `${kind} image`, brief };
}
