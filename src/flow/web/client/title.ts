import { useEffect } from 'preact/hooks';

/** What the tab, the history and a screen reader call the page. */
export function useTitle(text: string): void {
  useEffect(() => {
    document.title = `${text} · flow`;
  }, [text]);
}
