import { useEffect, useState } from 'preact/hooks';

/** The answer of the server; undefined if there is none or the server is unreachable. */
export async function ask<T>(path: string): Promise<T | undefined> {
  try {
    const response = await fetch(path);
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Asks once, or every so many milliseconds. `undefined`: no answer yet; `null`: there is none. */
export function useAnswer<T>(path: string, everyMs?: number): T | null | undefined {
  const [answer, setAnswer] = useState<T | null | undefined>(undefined);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const once = async (): Promise<void> => {
      const found = await ask<T>(path);
      if (over) return;
      setAnswer(found ?? null);
      if (everyMs !== undefined) timer = setTimeout(() => void once(), everyMs);
    };
    void once();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [path, everyMs]);
  return answer;
}
