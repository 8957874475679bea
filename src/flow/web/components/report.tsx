import type { RunPage } from '../model/page.ts';
import { RunView } from './run-view.tsx';

/** A run as a page of its own: what the file holds, and what its script takes over. */
export function Report({ page }: { readonly page: RunPage }) {
  return (
    <main>
      <RunView page={page} />
    </main>
  );
}
