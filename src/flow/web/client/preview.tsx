import { useState } from 'preact/hooks';
import { formatBytes } from '../../report/format.ts';
import type { Preview } from '../server/source.ts';
import { useAnswer } from './ask.ts';

/** A look into an artifact, read when it is asked for. */
export function PreviewButton({ path }: { readonly path: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      {' '}
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'Close' : 'Look'}
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
  switch (preview.kind) {
    case 'text':
      return <pre tabIndex={0}>{preview.whole ? preview.text : `${preview.text}\n…`}</pre>;
    case 'image':
      return (
        <figure>
          <img src={preview.url} alt="The artifact" />
        </figure>
      );
    case 'table':
      return (
        <div class="scroll">
          <table>
            <tbody>
              {preview.rows.map((row, at) => (
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
    case 'binary':
      return <p>{`${formatBytes(preview.size)} that are no text: flow cat, flow checkout`}</p>;
    case 'folder':
      return (
        <>
          <ul>
            {preview.files.map((each) => (
              <li key={each.path}>
                <button type="button" onClick={() => setFile(each.path)}>
                  {each.path}
                </button>{' '}
                <span class="dim">{formatBytes(each.size)}</span>
              </li>
            ))}
            {preview.more > 0 && <li>{`and ${preview.more} more`}</li>}
          </ul>
          {file !== undefined && (
            <Content key={file} path={`${path}&path=${encodeURIComponent(file)}`} />
          )}
        </>
      );
  }
}
