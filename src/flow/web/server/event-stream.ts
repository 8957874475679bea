import type { ServerResponse } from 'node:http';
import type { UiSource } from './source.ts';

/** The time between two looks at the events. A shared file system sends no message when a file grows. */
const POLL_MS = 250;
/** A comment that keeps proxies and sleeping laptops from dropping the connection. */
const KEEP_ALIVE_MS = 15_000;

/**
 * Server-sent events: `data` is a list of a run's events, and `id` is the byte after them, from which a
 * reader continues after a lost connection. At the end of the run, there is one event `end`.
 */
export async function followEvents(
  source: UiSource,
  run: string,
  from: number,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
  let at = from;
  let quietSince = Date.now();
  while (!response.destroyed) {
    // Asked before the events are read, so that they include the last ones.
    const live = await source.isLive(run);
    const { events, next } = await source.events(run, at);
    at = next;
    if (events.length > 0) {
      quietSince = Date.now();
      await write(response, `id: ${next}\ndata: ${JSON.stringify(events)}\n\n`);
    } else if (Date.now() - quietSince > KEEP_ALIVE_MS) {
      quietSince = Date.now();
      await write(response, ': here\n\n');
    }
    if (!live) {
      await write(response, `event: end\ndata: {}\n\n`);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  response.end();
}

/** Waits for a slow reader, so that nothing accumulates in memory. */
async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.write(text) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
