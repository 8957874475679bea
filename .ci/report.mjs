// Reads vitest's JSON reports: DIR/NAME.json, DIR/NAME-again.json of the files that were run once more, and
// DIR/NAME.status with the exit status of the last of the two.
//   node .ci/report.mjs again DIR NAME             prints the files to run once more: those that failed, if few
//   node .ci/report.mjs total DIR NAME...          prints what failed, then a line per run, then "N passed, N failed"
// The closing line counts each test once, in however many runs it ran: it failed if it failed in one of them.
// A test that failed and passed when its file was run again is flaky: a few are tolerated, more count as failed.
// DIR/broken names the steps that failed, one per line; each counts as one failure.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** More files than this fail for a reason, not by chance. */
const MAX_FILES_AGAIN = 2;
const MAX_FLAKY = 2;
/** Of what is printed of failures: the closing lines must not be cut off. */
const MAX_CHARACTERS = 8000;

const print = (line) => process.stdout.write(`${line}\n`);

const [command, folder, ...words] = process.argv.slice(2);
if (command === 'again') again(words[0]);
else process.exitCode = total(words);

function again(name) {
  const failed = read(`${name}.json`).testResults.filter(({ status }) => status === 'failed');
  // A file that could not be loaded has no failed test: that is no chance.
  const byTests = failed.every(({ assertionResults }) =>
    assertionResults.some(({ status }) => status === 'failed'),
  );
  if (failed.length <= MAX_FILES_AGAIN && byTests) for (const file of failed) print(file.name);
}

/** @returns the exit status */
function total(names) {
  const steps = brokenSteps();
  const runs = names.map(resultsOf);
  const passed = new Set(runs.flatMap((run) => run.passed));
  const failed = new Set(runs.flatMap((run) => [...run.failed.keys()]));
  const flaky = new Set(runs.flatMap((run) => [...run.flaky.keys()]));
  for (const test of flaky) (flaky.size > MAX_FLAKY ? failed : passed).add(test);
  for (const test of failed) passed.delete(test);
  const failures = steps.length + failed.size + runs.flatMap((run) => run.broken).length;

  const told = [...steps.map((step) => `FAILED: ${step}`), ...runs.flatMap(failuresOf)].join('\n');
  if (told !== '') print(told.slice(0, MAX_CHARACTERS));
  for (const run of runs) print(`::: ${countsOf(run)}`);
  print(`::: ${flaky.size} tests are flaky, at most ${MAX_FLAKY} are tolerated`);
  print(`${passed.size} passed, ${failures} failed`);
  return failures === 0 ? 0 : 1;
}

function failuresOf({ name, failed, flaky, broken }) {
  return [
    ...broken.map((how) => `FAILED on ${name}: ${how}`),
    ...[...failed].map(([test, why]) => `FAILED on ${name}: ${test}\n${why}`),
    ...[...flaky].map(([test, why]) => `FLAKY on ${name}: ${test}\n${why}`),
  ];
}

function countsOf({ name, passed, failed, flaky }) {
  const all = passed.length + failed.size + flaky.size;
  return `${name}: ${all} tests ran, ${failed.size} of them failed, ${flaky.size} were flaky`;
}

function brokenSteps() {
  const file = path.join(folder, 'broken');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function resultsOf(name) {
  const results = { name, passed: [], failed: new Map(), flaky: new Map(), broken: [] };
  if (!existsSync(path.join(folder, `${name}.json`))) {
    results.broken.push('there is no report of it');
    return results;
  }
  const passedAgain = new Set();
  if (existsSync(path.join(folder, `${name}-again.json`))) {
    const second = read(`${name}-again.json`);
    for (const { test, status } of [...testsOf(second), ...filesOf(second)])
      if (status === 'passed') passedAgain.add(test);
  }
  const report = read(`${name}.json`);
  for (const { test, status, why } of testsOf(report)) {
    if (status === 'passed') results.passed.push(test);
    else if (status === 'failed')
      (passedAgain.has(test) ? results.flaky : results.failed).set(test, why);
  }
  // What failed outside its tests, such as a hook.
  for (const { test, why } of filesOf(report).filter(({ why }) => why !== '')) {
    if (passedAgain.has(test)) results.flaky.set(test, why);
    else results.broken.push(`${test}: ${why}`);
  }
  // Such as an error that no test caught.
  const status = readFileSync(path.join(folder, `${name}.status`), 'utf8').trim();
  if (status !== '0' && results.failed.size + results.broken.length === 0) {
    results.broken.push(`vitest ended with ${status}, and no test failed`);
  }
  return results;
}

function filesOf({ testResults }) {
  return testResults.map(({ name, status, message = '' }) => ({
    test: relative(name),
    status,
    why: message,
  }));
}

/** Tests of one file may share a name: the second one is another test. */
function testsOf({ testResults }) {
  return testResults.flatMap(({ name: file, assertionResults }) => {
    const seen = new Map();
    return assertionResults.map(({ fullName, status, failureMessages = [] }) => {
      const nth = (seen.get(fullName) ?? 0) + 1;
      seen.set(fullName, nth);
      const test = `${relative(file)}: ${fullName}${nth > 1 ? ` (${nth})` : ''}`;
      return { test, status, why: failureMessages.join('\n') };
    });
  });
}

function relative(file) {
  return path.relative(process.cwd(), file);
}

function read(name) {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
}
