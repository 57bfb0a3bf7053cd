import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Connect, Domain } from '@virtkit/core';
import { ConnectDomainEventBlockJobStatus as Status, DomainBlockJobType as Type, ErrorCode } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { boot, bootImage, guestXml, readUntil, turn } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory, until } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const usable = hasQemu && spawnSync('qemu-img', ['--version']).status === 0;
const BLOCK_JOB_2 = 16;
const [ACTIVE, PIVOT, TRANSIENT] = [4, 2, 4];

const chainOf = (image: string): string[] =>
  (
    JSON.parse(
      execFileSync('qemu-img', ['info', '-U', '--backing-chain', '--output=json', image], { encoding: 'utf8' }),
    ) as {
      filename: string;
    }[]
  ).map(({ filename }) => filename);

describe.skipIf(!usable)(`block jobs (skipped without ${EMULATOR} and qemu-img)`, { timeout: 60_000 }, () => {
  let raw: string;
  let serial = 0;
  beforeAll(async () => {
    raw = await bootImage(dir);
  });

  /** A guest whose disk stands on another image. */
  async function guest(root: string) {
    const [base, top] = [join(dir, `base-${++serial}.qcow2`), join(dir, `top-${serial}.qcow2`)];
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, base]);
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'qcow2', top]);
    const { connect, host } = await openHost(root);
    const xml = guestXml('b', { image: top }).replace(`type='raw'`, `type='qcow2'`);
    const domain = await connect.domainDefineXML(xml);
    const console = await boot(domain);
    return { connect, host, domain, console, base, top };
  }

  async function jobEvents(connect: Connect): Promise<string[]> {
    const seen: string[] = [];
    await connect.domainEventRegisterAny(null, BLOCK_JOB_2, (event: { dst: string; type: number; status: number }) => {
      seen.push(`${event.dst} ${event.type} ${event.status}`);
    });
    return seen;
  }

  const told = (type: Type, status: Status) => `vda ${type} ${status}`;
  const sourceOf = async (domain: Domain, flags = 0) =>
    /<source file='([^']+)'/.exec(await domain.getXMLDesc(flags))?.[1];

  it('fill an image from those below it', async () => {
    const { connect, domain, top } = await guest(newRoot());
    const events = await jobEvents(connect);
    await domain.blockPull('vda', 0n);
    await until(() => events.includes(told(Type.PULL, Status.COMPLETED)), 'the end of the pull');
    expect(chainOf(top)).toEqual([top]);
    expect(await domain.getBlockJobInfo('vda')).toBeNull();
    expect(await domain.getXMLDesc()).toMatch(/<backingStore\/>/);
  });

  it('merge what the guest writes into the image below, and go on there', async () => {
    const { connect, domain, base, console } = await guest(newRoot());
    const events = await jobEvents(connect);
    await expect(domain.blockCommit('vda', null, null, 0n)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
    await domain.blockCommit('vda', null, null, 0n, ACTIVE);
    await until(() => events.includes(told(Type.ACTIVE_COMMIT, Status.READY)), 'readiness');
    expect(await domain.getXMLDesc()).toMatch(/<mirror type='file' job='active-commit' ready='yes'>/);
    await expect(domain.blockPull('vda', 0n)).rejects.toMatchObject({ code: ErrorCode.BLOCK_COPY_ACTIVE });
    await domain.blockJobAbort('vda', PIVOT);
    expect([await sourceOf(domain), await sourceOf(domain, 2)]).toEqual([base, base]);
    await turn();
    expect(events.at(-1)).toBe(told(Type.ACTIVE_COMMIT, Status.COMPLETED));
    // The guest has noticed nothing.
    await console.send(Buffer.from('still\n'));
    await readUntil(console, 'still');
    await expect(domain.blockJobAbort('vda')).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
  });

  it('copy a disk, and switch over or do not', async () => {
    const { connect, domain, top } = await guest(newRoot());
    const events = await jobEvents(connect);
    const copy = (path: string) => `<disk type='file'><driver type='qcow2'/><source file='${path}'/></disk>`;
    const [first, second] = [join(dir, `copy-${serial}-1.qcow2`), join(dir, `copy-${serial}-2.qcow2`)];
    await expect(domain.blockCopy('vda', copy(first), [])).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
    await domain.blockCopy('vda', copy(first), [], TRANSIENT);
    await until(() => events.includes(told(Type.COPY, Status.READY)), 'readiness');
    await domain.blockJobAbort('vda');
    await turn();
    expect([await sourceOf(domain), events.at(-1)]).toEqual([top, told(Type.COPY, Status.CANCELED)]);
    await domain.blockCopy('vda', copy(second), [], TRANSIENT);
    await until(() => events.filter((one) => one === told(Type.COPY, Status.READY)).length === 2, 'readiness');
    await domain.blockJobAbort('vda', PIVOT);
    expect([await sourceOf(domain), await sourceOf(domain, 2)]).toEqual([second, second]);
    expect(chainOf(second)).toEqual([second]);
    await expect(domain.blockCopy('vda', copy(second), [], TRANSIENT)).rejects.toMatchObject({
      code: ErrorCode.INVALID_ARG,
    });
    expect(existsSync(second)).toBe(true);
  });

  it('are taken up by the next host', async () => {
    const root = newRoot();
    const before = await guest(root);
    const events = await jobEvents(before.connect);
    await before.domain.blockCommit('vda', null, null, 0n, ACTIVE);
    await until(() => events.includes(told(Type.ACTIVE_COMMIT, Status.READY)), 'readiness');
    await before.host.close();
    const { connect } = await openHost(root);
    const domain = await connect.domainLookupByName('b');
    expect(await domain.getBlockJobInfo('vda')).toMatchObject({ type: Type.ACTIVE_COMMIT });
    await domain.blockJobAbort('vda', PIVOT);
    expect(await sourceOf(domain)).toBe(before.base);
  });
});
