import { execa } from 'execa';
import { err, ok, type Result } from '../../core/result.ts';

// Programs that are started for a person; the engine starts stages by other means.

/** Waits for it: a pager has the terminal, and xdg-open ends when the other program has begun. */
export async function openWith(program: string, file: string): Promise<Result<void, string>> {
  const ended = await execa(program, [file], { stdio: 'inherit', reject: false });
  if (!ended.failed) return ok(undefined);
  return err(ended.code === 'ENOENT' ? 'not found' : (ended.shortMessage ?? 'failed'));
}
