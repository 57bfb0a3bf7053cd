import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode, HostReader } from '@virtkit/core/util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertVfio, detachFromHost, pciAddressOf, reattachToHost, resetDevice } from '../src/host/pci-device.js';

const ADDRESS = '0000:03:00.1';
const code = (name: keyof typeof ErrorCode) => expect.objectContaining({ code: ErrorCode[name] });

let root: string;
let reader: HostReader;
const at = (path: string): string => join(root, path);
const device = (file: string): string => at(`sys/bus/pci/devices/${ADDRESS}/${file}`);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'virtkit-pci-'));
  reader = new HostReader((path) => join(root, path));
  for (const driver of ['e1000e', 'vfio-pci']) await mkdir(at(`sys/bus/pci/drivers/${driver}`), { recursive: true });
  await mkdir(device(''), { recursive: true });
  await writeFile(device('driver_override'), '');
  await writeFile(at('sys/bus/pci/drivers_probe'), '');
});
afterEach(() => rm(root, { recursive: true }));

const bind = (driver: string): Promise<void> => symlink(at(`sys/bus/pci/drivers/${driver}`), device('driver'));

describe('a device of the host', () => {
  it('is known by its address', () => {
    expect(pciAddressOf('pci_0000_03_00_1')).toBe(ADDRESS);
    for (const name of ['computer', 'pci_0000_03_00_8', 'net_lo_00']) expect(pciAddressOf(name)).toBeUndefined();
  });

  it('needs an IOMMU to go to a guest', async () => {
    await expect(assertVfio(reader)).rejects.toThrow(code('ARGUMENT_UNSUPPORTED'));
    await mkdir(at('sys/kernel/iommu_groups/7'), { recursive: true });
    await assertVfio(reader);
  });

  it('is taken from its driver, and left alone when it was taken already', async () => {
    await bind('e1000e');
    // Nobody binds the device here, so it goes back.
    await expect(detachFromHost(reader, ADDRESS)).rejects.toThrow(code('INTERNAL_ERROR'));
    expect(await readFile(at('sys/bus/pci/drivers/e1000e/unbind'), 'utf8')).toBe(ADDRESS);
    expect(await readFile(at('sys/bus/pci/drivers_probe'), 'utf8')).toBe(ADDRESS);
    expect(await readFile(device('driver_override'), 'utf8')).toBe('\n');
    await rm(device('driver'));
    await bind('vfio-pci');
    await detachFromHost(reader, ADDRESS);
    expect(await readFile(device('driver_override'), 'utf8')).toBe('\n');
  });

  it('goes back only if it was taken', async () => {
    await bind('e1000e');
    await writeFile(device('driver_override'), 'mine');
    await reattachToHost(reader, ADDRESS);
    expect(await readFile(device('driver_override'), 'utf8')).toBe('mine');
    await rm(device('driver'));
    await bind('vfio-pci');
    await reattachToHost(reader, ADDRESS);
    expect(await readFile(device('driver_override'), 'utf8')).toBe('\n');
  });

  it('is reset if the kernel can do that', async () => {
    await expect(resetDevice(reader, ADDRESS)).rejects.toThrow(/no FLR, PM reset or bus reset available/);
    await writeFile(device('reset'), '');
    await resetDevice(reader, ADDRESS);
    expect(await readFile(device('reset'), 'utf8')).toBe('1');
  });
});
