// Makes the report interactive: the same components over the same data.
import { hydrate } from 'preact';
import type { RunPage } from '../model/page.ts';
import { Report } from '../components/run-view.tsx';

const root = document.querySelector('#root');
const data = document.querySelector('#page')?.textContent;
if (root !== null && data !== undefined && data !== null) {
  document.documentElement.classList.add('scripted');
  hydrate(<Report page={JSON.parse(data) as RunPage} />, root);
}
