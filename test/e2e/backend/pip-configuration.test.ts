// `flow backend add` asks the indexes that pip would ask.
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Backends, withoutCompiler } from '../../rig/backend-home.ts';
import type { BackendHome } from '../../rig/backend-home.ts';
import { hasProgram } from '../../rig/tools.ts';

const withoutPip = !hasProgram('python3', '-m', 'pip', '--version');
if (withoutPip) process.stderr.write("tests of pip's configuration are skipped: there is no pip\n");

let backends: Backends;
let home: BackendHome;
beforeAll(async () => {
  backends = await Backends.make();
});
beforeEach(async () => {
  home = await backends.home();
});
afterEach(() => home.close());
afterAll(() => backends.remove());

describe.skipIf(withoutCompiler || withoutPip)("pip's configuration", () => {
  test("of the user's home names the index, and others beside it", async () => {
    home.write(`[global]\nindex-url = ${home.registries.origin}/empty\nextra-index-url = ${home.registries.index}\n`, '.config', 'pip', 'pip.conf'); // prettier-ignore
    const without = ['PIP_INDEX_URL', 'PIP_CONFIG_FILE'];
    expect(await home.addQuickly({ without })).toMatchObject({ code: 0 });
    expect(home.registries.asked[0]?.path).toBe('/empty/tensorflow-cpu/');
    expect(home.registries.askedBelow('simple').length).toBe(1);
  });

  test('of PIP_CONFIG_FILE holds, and PIP_INDEX_URL wins over it', async () => {
    const good = home.write(`[global]\nindex-url = ${home.registries.index}\n`, 'good.conf');
    const bad = home.write(`[global]\nindex-url = http://127.0.0.1:1/simple\n`, 'bad.conf');
    const byFile = { env: { PIP_CONFIG_FILE: good }, without: ['PIP_INDEX_URL'] };
    expect(await home.addQuickly(byFile)).toMatchObject({ code: 0 });
    expect(home.registries.askedBelow('simple').length).toBe(1);
    expect(await home.addQuickly({ env: { PIP_CONFIG_FILE: bad } })).toMatchObject({ code: 0 });
    expect(home.registries.askedBelow('simple').length).toBe(2);
  });

  test('names folders with wheels, and may forbid all indexes', async () => {
    const [name, wheel] = backends.tiny.wheel;
    mkdirSync(home.at('wheels'));
    const conf = home.write(`[global]\nno-index = true\nfind-links = ${home.at('wheels')}\n`, 'pip.conf'); // prettier-ignore
    const offline = { env: { PIP_CONFIG_FILE: conf }, without: ['PIP_INDEX_URL'] };
    const refused = await home.addQuickly(offline);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "is not here, and pip's configuration forbids to ask an index",
    );
    writeFileSync(home.at('wheels', name), wheel);
    expect(await home.addQuickly(offline)).toMatchObject({ code: 0 });
    expect(home.registries.asked).toEqual([]);
  });

  test('may hold a password, which nobody is told', async () => {
    const secret = home.registries.index.replace('//', '//me:secret@');
    home.registries.claimed.set(backends.tiny.wheel[0], '0'.repeat(64));
    const { code, stderr } = await home.addQuickly({ env: { PIP_INDEX_URL: secret } });
    expect(code).toBe(1);
    expect(stderr).toContain('offers another tensorflow_cpu-');
    expect(stderr).not.toContain('secret');
    const sent = Buffer.from('me:secret').toString('base64');
    expect(home.registries.askedBelow('simple')[0]?.authorization).toBe(`Basic ${sent}`);
  });

  test('may name a proxy, which pip goes through', async () => {
    const env = {
      PIP_INDEX_URL: 'http://index.invalid/simple',
      PIP_TRUSTED_HOST: 'index.invalid',
      PIP_PROXY: home.registries.origin,
    };
    const { code, stderr } = await home.addQuickly({ env });
    expect(stderr).toContain('with pip, since a proxy is set');
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(home.registries.askedBelow('files').length).toBeGreaterThan(0);
  });

  test('that pip cannot read is told', async () => {
    const conf = home.write('index-url = x\n', 'pip.conf');
    const { code, stderr } = await home.addQuickly({ env: { PIP_CONFIG_FILE: conf } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: pip cannot read its configuration: /);
  });
});
