import { err } from '../core/result.ts';
import { pythonProcess } from './python-process.ts';
import type { Python } from './python.ts';

/** For a project that is not trusted: what is remembered counts, and no interpreter is started for the rest. */
export const pythonUnstarted: Python = {
  get version() {
    return pythonProcess.version;
  },
  closure: ({ entry }) =>
    Promise.resolve(
      err({
        reason: 'not-looked-at',
        message: `flow did not look at the imports of ${entry}`,
        hint: 'use flow run, or --trust',
      }),
    ),
};
