import { useEffect } from 'preact/hooks';

/** The title of the page for the tab, the history and screen readers. */
export function useTitle(text: string): void {
  useEffect(() => {
    document.title = `${text} · flow`;
  }, [text]);
}
