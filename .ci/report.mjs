// Reads vitest's JSON reports of one suite.
//   node .ci/report.mjs again REPORT           the files to run once more: those that failed, where they are few
//   node .ci/report.mjs count REPORT [AGAIN]   a line "PASSED FAILED", then how each failed test failed
// A test that fails among others and passes with its file alone is counted as passed and told as FLAKY.
import { readFileSync } from 'node:fs';

/** More files than this fail for a reason, not by chance. */
const FEW = 2;

const print = (line) => process.stdout.write(`${line}\n`);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const failedFiles = (report) => report.testResults.filter(({ status }) => status === 'failed');
const failedTests = ({ assertionResults }) =>
  assertionResults.filter(({ status }) => status === 'failed');

const [command, first, again] = process.argv.slice(2);
const report = read(first);
const failed = failedFiles(report);

if (command === 'again') {
  // A file that could not even be loaded has no failed test: that is no chance.
  const few = failed.length <= FEW && failed.every((file) => failedTests(file).length > 0);
  if (few) for (const { name } of failed) print(name);
} else {
  const second = again && read(again);
  const passedAgain = new Set();
  for (const { assertionResults } of second?.testResults ?? [])
    for (const { fullName, status } of assertionResults)
      if (status === 'passed') passedAgain.add(fullName);

  const told = [];
  let flaky = 0;
  for (const file of failed) {
    if (file.message) told.push(`FAILED: ${file.name}: ${file.message}`);
    for (const { fullName, failureMessages } of failedTests(file)) {
      const passes = passedAgain.has(fullName);
      if (passes) flaky++;
      told.push(`${passes ? 'FLAKY' : 'FAILED'}: ${file.name}: ${fullName}`, ...failureMessages);
    }
  }
  print(`${report.numPassedTests + flaky} ${report.numFailedTests - flaky}`);
  for (const line of told) print(line);
}
