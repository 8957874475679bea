import { err } from '../../core/result.ts';
import { pythonProcess } from './python-process.ts';
import type { Python } from './python.ts';

/** For a project that is not trusted: uses remembered closures, and starts no interpreter for the others. */
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
