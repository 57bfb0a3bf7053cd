import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Host, LevelLog } from '@virtkit/core';
import { DomainState } from '@virtkit/core/util';
import { afterAll, expect, it, vi } from 'vitest';
import { directory, driver } from './support/host.js';

const root = mkdtempSync(join(tmpdir(), 'virtkit-definitions-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const uuid = (n: number): string => `c7a5fdbd-edaf-9455-926a-00000000000${n}`;
const stored = (name: string, n: number, memory = '16384'): string =>
  `<!--\n  virtkit edit ${name}\n-->\n\n<domain type='qemu'>\n  <name>${name}</name>\n  <uuid>${uuid(n)}</uuid>\n` +
  `  <memory unit='KiB'>${memory}</memory>\n  <os>\n    <type arch='x86_64' machine='pc'>hvm</type>\n  </os>\n</domain>\n`;

it('definitions are there at once, and those that turn out to be broken are none', async () => {
  const etc = join(root, 'etc/qemu');
  mkdirSync(etc, { recursive: true });
  const files = {
    plain: stored('plain', 1),
    'with&sign': stored('with&amp;sign', 2),
    edited: `<domain type='qemu'><uuid>${uuid(3)}</uuid><name>edited</name><memory>16384</memory><os><type arch='x86_64'>hvm</type></os></domain>`,
    broken: stored('broken', 4, 'much'),
    other: stored('renamed', 5),
    unreadable: '<domain',
  };
  for (const [name, xml] of Object.entries(files)) writeFileSync(join(etc, `${name}.xml`), xml);

  const problems: string[] = [];
  const log = new LevelLog(
    (_level, _source, message) => void problems.push(message),
    () => 'error',
  );
  await using host = await Host.create({
    drivers: [{ module: driver, manifest: directory }],
    config: { drivers: [] },
    log,
  });
  const connect = await host.open(`qemu:///embed?root=${encodeURIComponent(root)}`);
  expect((await connect.domainLookupByName('plain')).uuid).toBe(uuid(1));
  expect((await (await connect.domainLookupByUUID(uuid(2))).getInfo()).state).toBe(DomainState.SHUTOFF);
  expect(await (await connect.domainLookupByName('edited')).getXMLDesc(0)).toContain(uuid(3));
  await vi.waitFor(() => expect(problems).toHaveLength(3));
  expect((await connect.listAllDomains(0)).map(({ name }) => name).sort()).toEqual(['edited', 'plain', 'with&sign']);
  for (const name of ['broken', 'other', 'unreadable'])
    expect(problems.join('\n')).toContain(`${join(etc, name)}.xml is skipped`);
});
