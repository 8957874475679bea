import { useState } from 'preact/hooks';
import { formatBytes } from '../../report/format.ts';
import type { PreviewTable } from '../../report/preview/preview.ts';
import { HeadRow } from '../components/head-row.tsx';
import type { Preview } from '../server/source.ts';
import { useAnswer } from './ask.ts';

/** The preview of an artifact, which is loaded when it is needed. */
export function PreviewButton({ of, path }: { readonly of: string; readonly path: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      {' '}
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'Close' : 'Look'}
        <span class="hidden"> {of}</span>
      </button>
      {open && <Content path={path} />}
    </>
  );
}

function Content({ path }: { readonly path: string }) {
  const preview = useAnswer<Preview>(path);
  const [file, setFile] = useState<string>();
  if (preview === undefined) return <span aria-busy="true" />;
  if (preview === null) return <p>It is no longer in the cache.</p>;
  const { image, files, preview: content } = preview;
  return (
    <>
      {image !== undefined && (
        <figure>
          <img src={image} alt="The artifact" />
        </figure>
      )}
      {files !== undefined && (
        <ul>
          {files.map((each) => (
            <li key={each.path}>
              {each.size === null ? (
                each.path
              ) : (
                <button type="button" onClick={() => setFile(each.path)}>
                  {each.path}
                </button>
              )}{' '}
              <span class="dim">
                {[each.brief, each.size === null ? '' : formatBytes(each.size)].join(' ')}
              </span>
            </li>
          ))}
        </ul>
      )}
      {content !== undefined && image === undefined && (
        <>
          <p class="dim">{[content.format, content.brief].join(', ')}</p>
          {content.table !== undefined && <Table {...content.table} />}
          {content.lines !== undefined && <pre tabIndex={0}>{content.lines.join('\n')}</pre>}
          {content.more !== undefined && <p class="dim">{content.more}</p>}
        </>
      )}
      {file !== undefined && (
        <Content key={file} path={`${path}&path=${encodeURIComponent(file)}`} />
      )}
    </>
  );
}

function Table({ columns, rows }: PreviewTable) {
  return (
    <div class="scroll">
      <table>
        <HeadRow titles={columns} />
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
