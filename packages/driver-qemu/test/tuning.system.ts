import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode, TypedParamsBuilder, typedParam } from '@virtkit/core/util';
import { beforeAll, describe, expect, it } from 'vitest';
import { cgroupMounts } from '../src/cgroup/index.js';
import { boot, bootImage, groupOf, guestXml, qemusOf } from './support/guest.js';
import { endHostsAfterEach, openHost, shareCache } from './support/host.js';
import { EMULATOR, hasQemu, temporaryDirectory } from './support/qemu.js';

const dir = temporaryDirectory();
endHostsAfterEach();
const newRoot = () => shareCache(mkdtempSync(join(dir, 'root-')), join(dir, 'shared-cache'));
const CONFIG = 2;
const cpu0 = Uint8Array.of(1);
const privileged = process.getuid?.() === 0 && cgroupMounts().has('cpu') && cgroupMounts().has('memory');

describe.skipIf(!hasQemu)(`a running guest (skipped without ${EMULATOR})`, { timeout: 60_000 }, () => {
  let image: string;
  beforeAll(async () => {
    image = await bootImage(dir);
  });

  it('has its threads where it is told, now and at its next start', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const xml = guestXml('p', { image }).replace('<vcpu>1</vcpu>', '<vcpu>2</vcpu><iothreads>1</iothreads>');
    const domain = await connect.domainDefineXML(xml);
    await boot(domain);
    await domain.pinVcpuFlags(1, cpu0, 1 | CONFIG);
    await domain.pinEmulator(cpu0, 1);
    const [, second] = await domain.getVcpus();
    expect([...(second?.cpumap ?? [])]).toEqual([1]);
    const [pid = 0] = qemusOf(root);
    expect(execFileSync('taskset', ['--pid', '--cpu-list', String(pid)], { encoding: 'utf8' })).toMatch(/: 0\n$/);
    expect(await domain.getXMLDesc()).toMatch(/<vcpupin vcpu='1' cpuset='0'\/>\s*<emulatorpin cpuset='0'\/>/);
    expect(await domain.getXMLDesc(2)).toMatch(/<vcpupin vcpu='1' cpuset='0'\/>\s*<\/cputune>/);
    await expect(domain.pinVcpuFlags(7, cpu0, 1)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });

    await domain.addIOThread(4, 1);
    await expect(domain.addIOThread(4, 1)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
    await domain.pinIOThread(4, cpu0, 1);
    await domain.setIOThreadParams(4, new TypedParamsBuilder().ullong('poll_max_ns', 1000).params, 1);
    const threads = await domain.getIOThreadInfo(1);
    expect(threads.map(({ iothreadId }) => iothreadId).sort()).toEqual([1, 4]);
    expect([...(threads.find(({ iothreadId }) => iothreadId === 4)?.cpumap ?? [])]).toEqual([1]);
    await domain.delIOThread(4, 1);
    expect(await domain.getIOThreadInfo(1)).toHaveLength(1);
    await domain.destroy();

    await boot(domain);
    expect([...((await domain.getVcpus())[1]?.cpumap ?? [])]).toEqual([1]);
    await domain.destroy();
  });

  it('gets more processors, one by one or by number', async () => {
    const { connect } = await openHost(newRoot());
    const xml = guestXml('v', { image, machine: 'q35' }).replace('<vcpu>1</vcpu>', "<vcpu current='1'>4</vcpu>");
    const domain = await connect.domainDefineXML(xml);
    await boot(domain);
    await domain.setVcpusFlags(2, 1);
    await domain.setVcpu('3', 1, 1);
    expect(await domain.getXMLDesc()).toMatch(
      /<vcpus>\s*<vcpu id='0' enabled='yes' hotpluggable='no' order='1'\/>\s*<vcpu id='1' enabled='yes' hotpluggable='yes' order='2'\/>\s*<vcpu id='2' enabled='no' hotpluggable='yes'\/>\s*<vcpu id='3' enabled='yes' hotpluggable='yes' order='3'\/>/,
    );
    await expect(domain.setVcpu('3', 1, 1)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
    await expect(domain.setVcpu('0', 0, 1)).rejects.toMatchObject({ code: ErrorCode.OPERATION_UNSUPPORTED });
    await domain.destroy();
    // What is defined to be pluggable is plugged in when it starts.
    await domain.setVcpu('2', 1, CONFIG);
    await boot(domain);
    expect(await domain.getVcpus()).toHaveLength(2);
    await domain.destroy();
  });

  it.skipIf(!privileged)('is limited by its control group (skipped without control groups of its own)', async () => {
    const root = newRoot();
    const { connect } = await openHost(root);
    const limits = '<memtune><hard_limit unit="MiB">900</hard_limit></memtune><cputune><shares>512</shares></cputune>';
    const domain = await connect.domainDefineXML(guestXml('g', { image, elements: limits }));
    await boot(domain);
    const group = groupOf(qemusOf(root)[0] ?? 0);
    const path = join(group?.mounts.get('cpu')?.path ?? '', group?.path ?? '');
    const value = async (name: string) => typedParam(await domain.getSchedulerParametersFlags(1), name);
    expect(await value('cpu_shares')).toBe(512n);
    const scheduler = new TypedParamsBuilder().ullong('cpu_shares', 256).llong('vcpu_quota', 50_000);
    await domain.setSchedulerParametersFlags(scheduler.params, 1);
    expect([await value('cpu_shares'), await value('vcpu_quota')]).toEqual([256n, 50_000n]);
    expect(typedParam(await domain.getMemoryParameters(1), 'hard_limit')).toBe(BigInt(900 * 1024));
    await domain.setMemoryParameters(new TypedParamsBuilder().ullong('hard_limit', 800 * 1024).params, 1);
    expect(typedParam(await domain.getMemoryParameters(1), 'hard_limit')).toBe(BigInt(800 * 1024));
    const [totals] = await domain.getCPUStats(-1, 1);
    expect(typedParam(totals ?? [], 'cpu_time')).toBeGreaterThan(0n);
    expect(await domain.getXMLDesc()).toContain('<partition>/machine</partition>');
    const wrong = new TypedParamsBuilder().ullong('vcpu_period', 5).params;
    await expect(domain.setSchedulerParametersFlags(wrong, 1)).rejects.toMatchObject({ code: ErrorCode.INVALID_ARG });
    expect(existsSync(path)).toBe(true);
    await domain.destroy();
    expect(existsSync(path)).toBe(false);
    await expect(domain.getCPUStats(-1, 1)).rejects.toMatchObject({ code: ErrorCode.OPERATION_INVALID });
  });
});
