/**
 * A line that a stage wrote, for a page or a report of its failure: without colours and cursor movements,
 * and of a bar that is drawn over itself only how it ended.
 */
export function printable(line: string): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  return (
    last
      // oxlint-disable-next-line no-control-regex -- terminal sequences are what is removed
      .replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '')
      // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
      .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
  );
}
