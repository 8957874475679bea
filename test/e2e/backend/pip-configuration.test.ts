// `flow backend add` asks the indexes that pip would ask.
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ownBackends, withoutCompiler } from '../../rig/backend-home.ts';
import { hasProgram } from '../../rig/tools.ts';

const withoutPip = !hasProgram('python3', '-m', 'pip', '--version');
if (withoutPip) process.stderr.write("tests of pip's configuration are skipped: there is no pip\n");

const own = ownBackends();

describe.skipIf(withoutCompiler || withoutPip)("pip's configuration", () => {
  test("of the user's home names the index, and others beside it", async () => {
    own.home.write(`[global]\nindex-url = ${own.home.registries.origin}/empty\nextra-index-url = ${own.home.registries.index}\n`, '.config', 'pip', 'pip.conf'); // prettier-ignore
    const without = ['PIP_INDEX_URL', 'PIP_CONFIG_FILE'];
    expect(await own.home.addQuickly({ without })).toMatchObject({ code: 0 });
    expect(own.home.registries.asked[0]?.path).toBe('/empty/tensorflow-cpu/');
    expect(own.home.registries.askedBelow('simple').length).toBe(1);
  });

  test('of PIP_CONFIG_FILE holds, and PIP_INDEX_URL wins over it', async () => {
    const good = own.home.write(
      `[global]\nindex-url = ${own.home.registries.index}\n`,
      'good.conf',
    );
    const bad = own.home.write(`[global]\nindex-url = http://127.0.0.1:1/simple\n`, 'bad.conf');
    const byFile = { env: { PIP_CONFIG_FILE: good }, without: ['PIP_INDEX_URL'] };
    expect(await own.home.addQuickly(byFile)).toMatchObject({ code: 0 });
    expect(own.home.registries.askedBelow('simple').length).toBe(1);
    expect(await own.home.addQuickly({ env: { PIP_CONFIG_FILE: bad } })).toMatchObject({ code: 0 });
    expect(own.home.registries.askedBelow('simple').length).toBe(2);
  });

  test('names folders with wheels, and may forbid all indexes', async () => {
    const [name, wheel] = own.backends.tiny.wheel;
    mkdirSync(own.home.at('wheels'));
    const conf = own.home.write(`[global]\nno-index = true\nfind-links = ${own.home.at('wheels')}\n`, 'pip.conf'); // prettier-ignore
    const offline = { env: { PIP_CONFIG_FILE: conf }, without: ['PIP_INDEX_URL'] };
    const refused = await own.home.addQuickly(offline);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "is in none of the folders, and pip's configuration forbids indexes",
    );
    writeFileSync(own.home.at('wheels', name), wheel);
    expect(await own.home.addQuickly(offline)).toMatchObject({ code: 0 });
    expect(own.home.registries.asked).toEqual([]);
  });

  test('may hold a password, which nobody is told', async () => {
    const secret = own.home.registries.index.replace('//', '//me:secret@');
    own.home.registries.claimed.set(own.backends.tiny.wheel[0], '0'.repeat(64));
    const { code, stderr } = await own.home.addQuickly({ env: { PIP_INDEX_URL: secret } });
    expect(code).toBe(1);
    expect(stderr).toContain('offers a different tensorflow_cpu-');
    expect(stderr).not.toContain('secret');
    const sent = Buffer.from('me:secret').toString('base64');
    expect(own.home.registries.askedBelow('simple')[0]?.authorization).toBe(`Basic ${sent}`);
  });

  test('may name a proxy, which pip goes through', async () => {
    const env = {
      PIP_INDEX_URL: 'http://index.invalid/simple',
      PIP_TRUSTED_HOST: 'index.invalid',
      PIP_PROXY: own.home.registries.origin,
    };
    const { code, stderr } = await own.home.addQuickly({ env });
    expect(stderr).toContain('with pip, because a proxy is set');
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(own.home.registries.askedBelow('files').length).toBeGreaterThan(0);
  });

  test('that pip cannot read is told', async () => {
    const conf = own.home.write('index-url = x\n', 'pip.conf');
    const { code, stderr } = await own.home.addQuickly({ env: { PIP_CONFIG_FILE: conf } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: pip cannot read its configuration: /);
  });
});
