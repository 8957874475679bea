import type { Preview } from './preview.ts';

/**
 * Recognises images by their first bytes, because a name can be wrong. Undefined for other files.
 */
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
  const tag = svgTag(bytes.toString('utf8'));
  if (tag === undefined) return undefined;
  const side = (name: string): string | undefined =>
    new RegExp(`\\b${name}="([\\d.]+)(?:px)?"`).exec(tag)?.[1];
  const [width, height] = [side('width'), side('height')];
  return image('SVG', width && height ? `${width} × ${height}` : 'a drawing');
}

/**
 * The attributes of a drawing's first tag. Comments before it are passed one by one: a pattern for all of them
 * tries every way to divide them.
 */
function svgTag(text: string): string | undefined {
  let rest = text.replace(/^\ufeff?\s*(?:<\?xml[^>]*>\s*)?/, '');
  for (;;) {
    const end = rest.startsWith('<!--') ? '-->' : /^<!DOCTYPE/i.test(rest) ? '>' : undefined;
    if (end === undefined) return /^<svg\b([^>]*)/i.exec(rest)?.[1];
    const at = rest.indexOf(end, '<!--'.length);
    if (at === -1) return undefined;
    rest = rest.slice(at + end.length).trimStart();
  }
}

function image(kind: string, brief: string): Preview {
  return { format: `${kind} image`, brief };
}
