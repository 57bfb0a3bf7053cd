import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Connect, LevelLog } from '@virtkit/core';
import { ErrorCode, SecretEventID } from '@virtkit/core/util';
import { type Embedded, openEmbedded } from '@virtkit/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import driver from '../src/index.js';

const UUID = '4dea22b3-1d52-d8f3-2516-782e98ab3c01';
const xml = (attrs = '', uuid = UUID, volume = '/v'): string =>
  `<secret ${attrs}><uuid>${uuid}</uuid><usage type='volume'><volume>${volume}</volume></usage></secret>`;
const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

let root: string;
let place: Embedded;
let secrets: Connect;
const lines: string[] = [];

beforeEach(async () => {
  lines.length = 0;
  const log = new LevelLog(
    (_level, _source, message) => void lines.push(message),
    () => 'error',
  );
  place = await openEmbedded(driver, join(import.meta.dirname, '..'), { log });
  ({ root, connect: secrets } = place);
});
afterEach(() => place.dispose());

async function restart(system = false): Promise<void> {
  secrets = await place.restart({ identity: { system } });
}

describe('secrets', () => {
  it('survive a restart with their values, readable for their owner alone', async () => {
    const secret = await secrets.secretDefineXML(xml(), 0);
    await secret.setValue(bytes('open sesame'), 0);
    const folder = join(root, 'etc/secrets');
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    await restart();
    const again = await secrets.secretLookupByUsage(1, '/v');
    expect(again.uuid).toBe(UUID);
    expect(Buffer.from(await again.getValue(0)).toString()).toBe('open sesame');
  });

  it('are not written when ephemeral', async () => {
    await (await secrets.secretDefineXML(xml("ephemeral='yes'"), 0)).setValue(bytes('x'), 0);
    expect(await readdir(join(root, 'etc/secrets')).catch(() => [])).toEqual([]);
    await restart();
    await expect(secrets.secretLookupByUUID(UUID)).rejects.toThrow(code('NO_SECRET'));
  });

  it('move to disk and away with their ephemeral mark', async () => {
    const folder = join(root, 'etc/secrets');
    const secret = await secrets.secretDefineXML(xml("ephemeral='yes'"), 0);
    await secret.setValue(bytes('x'), 0);
    await secrets.secretDefineXML(xml(), 0);
    expect((await readdir(folder)).sort()).toEqual([`${UUID}.base64`, `${UUID}.xml`]);
    await secrets.secretDefineXML(xml("ephemeral='yes'"), 0);
    expect(await readdir(folder)).toEqual([]);
    expect(Buffer.from(await secret.getValue(0)).toString()).toBe('x');
  });

  it('give private values to the host itself only', async () => {
    const secret = await secrets.secretDefineXML(xml("private='yes'"), 0);
    await expect((async () => secret.getValue(0))()).rejects.toThrow(code('INVALID_SECRET'));
    await secret.setValue(bytes('x'), 0);
    await restart(true);
    expect(await (await secrets.secretLookupByUUID(UUID)).getValue(0)).toEqual(bytes('x'));
  });

  it('have one use each, which does not change', async () => {
    await secrets.secretDefineXML(xml("private='yes'"), 0);
    const other = '4dea22b3-1d52-d8f3-2516-782e98ab3c02';
    for (const text of [xml('', other), xml("private='yes'", UUID, '/w'), xml()])
      await expect((async () => secrets.secretDefineXML(text, 0))()).rejects.toThrow(code('INTERNAL_ERROR'));
  });

  it('tell what happens to them', async () => {
    const seen: string[] = [];
    await secrets.secretEventRegisterAny(
      null,
      SecretEventID.LIFECYCLE,
      (event) => void seen.push(`life ${event.event}`),
    );
    await secrets.secretEventRegisterAny(null, SecretEventID.VALUE_CHANGED, () => void seen.push('value'));
    const secret = await secrets.secretDefineXML(xml(), 0);
    await secret.setValue(bytes('x'), 0);
    await secret.undefine();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(seen).toEqual(['life 0', 'value', 'life 1']);
    expect(await secrets.numOfSecrets()).toBe(0);
  });

  it('leave broken files alone', async () => {
    await place.host.close();
    const folder = join(root, 'etc/secrets');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bad.xml'), '<secret');
    await chmod(join(folder, 'bad.xml'), 0o600);
    await restart();
    expect(await secrets.numOfSecrets()).toBe(0);
    expect(lines.join()).toContain('bad.xml');
    expect(await readdir(folder)).toContain('bad.xml');
  });

  it('refuse unknown flags', async () => {
    await expect((async () => secrets.secretDefineXML(xml(), 8))()).rejects.toThrow(code('INVALID_ARG'));
  });
});
