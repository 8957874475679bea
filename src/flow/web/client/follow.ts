import { useEffect, useState } from 'preact/hooks';
import type { RunEvent } from '../../core/events.ts';
import { applyEvent } from '../model/live.ts';
import type { RunPage } from '../model/page.ts';
import { ask } from './ask.ts';

/** Events are drawn together, at most this often. */
const DRAW_MS = 200;
/** Running times on the page are updated this often. */
const TICK_MS = 1000;

/** The page of a run, updated while it runs. `undefined`: not loaded yet; `null`: there is none. */
export function usePage(run: string): { page: RunPage | null | undefined; now: number } {
  const [page, setPage] = useState<RunPage | null | undefined>(undefined);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    let over = false;
    let stream: EventSource | undefined;
    let waiting: RunEvent[] = [];
    const path = `/api/runs/${encodeURIComponent(run)}`;
    const begin = async (): Promise<void> => {
      const found = await ask<{ page: RunPage; next: number }>(path);
      if (over) return;
      setPage(found?.page ?? null);
      if (found?.page.state !== 'running') return;
      stream = new EventSource(`${path}/events?from=${found.next}`);
      stream.addEventListener('message', (message: MessageEvent<string>) => {
        waiting.push(...(JSON.parse(message.data) as RunEvent[]));
      });
      // The record has more than the events: exports, metrics, how it ended.
      stream.addEventListener('end', () => {
        stream?.close();
        waiting = [];
        void begin();
      });
    };
    void begin();
    const drawing = setInterval(() => {
      if (waiting.length === 0) return;
      const events = waiting;
      waiting = [];
      setPage((old) => (old ? events.reduce(applyEvent, old) : old));
    }, DRAW_MS);
    const ticking = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => {
      over = true;
      stream?.close();
      clearInterval(drawing);
      clearInterval(ticking);
    };
  }, [run]);
  return { page, now };
}
