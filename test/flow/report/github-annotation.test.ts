import { expect, test } from 'vitest';
import { githubAnnotation } from '../../../src/flow/report/github-annotation.ts';

test('a mistake is a workflow command with its place, escaped as GitHub reads it', () => {
  const location = { file: 'a,b:c.yaml', line: 7, column: 12, length: 5 };
  const diagnostic = { code: 'unknown-key', message: '100% wrong', hint: 'one\ntwo', location };
  expect(githubAnnotation(diagnostic)).toBe(
    '::error file=a%2Cb%3Ac.yaml,line=7,col=12,endColumn=17,title=flow%3A unknown-key::100%25 wrong%0Ahint: one%0Atwo',
  );
  expect(githubAnnotation({ code: 'no-pipeline', message: 'none' })).toBe(
    '::error title=flow%3A no-pipeline::none',
  );
});
