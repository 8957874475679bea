import { shortDigest } from '../../report/format.ts';
import type { ExportPage } from '../model/page.ts';

/** The files that the run placed in the work tree; pictures are shown. */
export function Exports({ exports }: { readonly exports: readonly ExportPage[] }) {
  if (exports.length === 0) return null;
  return (
    <section id="exports" aria-labelledby="exports-title">
      <h2 id="exports-title">Exports</h2>
      <div class="pictures">
        {exports.map(({ path, image, instance }) =>
          image === undefined ? null : (
            <figure key={path}>
              <img src={image} alt={`${path}, made by ${instance}`} loading="lazy" />
              <figcaption>{path}</figcaption>
            </figure>
          ),
        )}
      </div>
      <ul>
        {exports.map(({ path, instance, digest }) => (
          <li key={path}>
            <code>{path}</code> from {instance} <span class="dim">{shortDigest(digest)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
