import { access } from 'node:fs/promises';
import {
  copyDef,
  type DiskDef,
  type DomainDef,
  type DomainXmlOption,
  imagePath,
  type InterfaceDef,
  type ParsedDevice,
  parseDomainDevice,
} from '@virtkit/core/conf';
import { DomainDeviceModifyFlags, ErrorCode, ErrorDomain, LibvirtError, UndoStack } from '@virtkit/core/util';
import { blockdevNodes, imageChain, imagesOf, numberedNames, numberOf } from '../block/index.js';
import { assertNoJob, highestIndex, levelsOf, removeNodes, withDisk } from '../block-jobs/index.js';
import { withBackingChains } from '../domain/backing-chain.js';
import type { QemuDomain } from '../domain/domain.js';
import { configUnsupported, internalError, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { QmpCommandError } from '../qmp/index.js';
import { onlyOne } from './detach.js';
import { kindName } from './kinds.js';

/** qemuDomainUpdateDeviceLive: what of a device can be changed while its guest uses it. */
export async function updateLive(
  host: QemuHost,
  domain: QemuDomain,
  xml: string,
  option: DomainXmlOption,
  flags: number,
): Promise<void> {
  const wanted = parseDomainDevice(xml, copyDef(domain.def), option, { skipValidate: true }) as ParsedDevice;
  const found = onlyOne(domain.def, wanted);
  switch (wanted.kind) {
    case 'interface':
      if (found?.kind !== 'interface')
        throw new LibvirtError(
          ErrorCode.DEVICE_MISSING,
          ErrorDomain.QEMU,
          `no device found at address '(<null>)' matching MAC address '${wanted.device.mac?.address ?? ''}' and alias '(<null>)'`,
        );
      return updateInterface(host, domain, found.device, wanted.device);
    case 'disk':
      if (found?.kind !== 'disk') throw internalError(`disk '${wanted.device.target?.dev ?? ''}' not found`);
      return updateDisk(host, domain, found.device, wanted.device, (flags & DomainDeviceModifyFlags.FORCE) !== 0);
    case 'graphics':
      throw operationUnsupported(`cannot change listen address setting on '${wanted.device.type}' graphics`);
    default:
      throw configUnsupported(`live update of device '${kindName(wanted.kind)}' is not supported`);
  }
}

/** What of an interface a guest or its network would notice. */
const FIXED = ['type', 'source', 'model', 'driver', 'boot', 'rom', 'mtu', 'bandwidth', 'filterref', 'vlan'] as const;

async function updateInterface(
  host: QemuHost,
  domain: QemuDomain,
  old: InterfaceDef,
  wanted: InterfaceDef,
): Promise<void> {
  for (const part of FIXED) {
    const [before, after] = [old, wanted].map((net) => comparable(part, net));
    if (after !== undefined && before !== after)
      throw operationUnsupported(`cannot modify network device ${part} of a running guest`);
  }
  const alias = old.alias?.name ?? '';
  const up = wanted.link?.state !== 'down';
  await domain.running.monitor.execute('set_link', { name: alias, up });
  const { link: _, ...rest } = old;
  const changed = { ...rest, ...(wanted.link && { link: wanted.link }) } as InterfaceDef;
  domain.def = replaceInterface(domain.def, alias, changed);
  await host.saveStatus(domain);
}

function comparable(part: (typeof FIXED)[number], net: InterfaceDef): string | undefined {
  const value = (net as unknown as Record<string, unknown>)[part];
  if (value === undefined) return undefined;
  // The bridge behind a network is found out when it is used.
  const { bridge: _, portid: __, ...said } = (typeof value === 'object' ? value : { value }) as Record<string, unknown>;
  return JSON.stringify(part === 'source' && net.type === 'bridge' ? value : said);
}

const replaceInterface = (def: DomainDef, alias: string, changed: InterfaceDef): DomainDef => ({
  ...def,
  devices: {
    ...def.devices,
    interface: def.devices.interface.map((net) => (net.alias?.name === alias ? changed : net)),
  },
});

async function updateDisk(
  host: QemuHost,
  domain: QemuDomain,
  old: DiskDef,
  wanted: DiskDef,
  force: boolean,
): Promise<void> {
  const live = domain.running;
  assertNoJob(live, old);
  const removable = old.device === 'cdrom' || old.device === 'floppy';
  const same = imagePath(old) === imagePath(wanted);
  if (!removable) {
    if (same) return;
    throw operationUnsupported(
      `the source of disk '${old.target?.dev ?? ''}' cannot be changed: it is no drive with media`,
    );
  }
  const path = imagePath(wanted);
  if (path !== undefined)
    await access(path).catch((error: unknown) => {
      throw LibvirtError.system(ErrorDomain.STORAGE, `Cannot access storage file '${path}'`, error);
    });
  await changeMedium(host, domain, old, wanted, force);
}

/** qemuDomainChangeEjectableMedia */
async function changeMedium(
  host: QemuHost,
  domain: QemuDomain,
  old: DiskDef,
  wanted: DiskDef,
  force: boolean,
): Promise<void> {
  const live = domain.running;
  const { monitor } = live;
  const id = old.alias?.name ?? '';
  const undo = new UndoStack();
  const { source: _, backingStore: __, ...drive } = old;
  const filled = {
    ...drive,
    type: wanted.type,
    ...(wanted.driver && { driver: wanted.driver }),
    ...(wanted.source && { source: wanted.source }),
  } as DiskDef;
  try {
    const [disk = filled] = (
      await withBackingChains({ ...domain.def, devices: { ...domain.def.devices, disk: [filled] } })
    ).devices.disk;
    let next = Math.max(live.lastImage, highestIndex(domain.def));
    // An empty drive takes a number too.
    const image = imageChain(disk, { names: (kind) => numberedNames(++next, kind) });
    live.lastImage = image === undefined ? next + 1 : next;
    await openTray(domain, id, force);
    await monitor.execute('blockdev-remove-medium', { id });
    if (image !== undefined) {
      for (const one of [...imagesOf(image)].reverse()) {
        undo.push(() => removeNodes(monitor, [{ index: numberOf(one) }]));
        for (const node of blockdevNodes(one, { autoReadonly: true })) await monitor.execute('blockdev-add', node);
      }
      await monitor.execute('blockdev-insert-medium', { id, 'node-name': image.formatNode });
      (disk.source as { index?: number }).index = numberOf(image);
      let below = disk.backingStore;
      for (let one = image.backing; below !== undefined && one != null; one = one.backing, below = below.backingStore)
        below.index = numberOf(one);
    }
    await monitor.execute('blockdev-close-tray', { id });
    domain.def = withDisk(domain.def, disk);
    undo.clear();
  } catch (error) {
    await undo.run((failure) => host.log.error(`undoing a change of media: ${String(failure)}`));
    throw LibvirtError.from(error, ErrorDomain.QEMU);
  }
  await host.saveStatus(domain);
  if (old.source !== undefined) await removeNodes(monitor, levelsOf(old));
}

/** A guest may hold the tray; it is asked, or overruled. */
async function openTray(domain: QemuDomain, id: string, force: boolean): Promise<void> {
  const { monitor } = domain.running;
  try {
    await monitor.execute('blockdev-open-tray', { id, force });
  } catch (error) {
    const refusal = QmpCommandError.behind(error);
    // Drives without a tray are always open.
    if (refusal === undefined || !/does not have a tray|is locked/.test(refusal.description)) throw error;
    if (!/is locked/.test(refusal.description)) return;
    // The guest was asked to open it, and needs a moment.
    for (let attempt = 0; attempt < 50; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const opened = await monitor.execute('blockdev-open-tray', { id, force }).then(
        () => true,
        () => false,
      );
      if (opened) return;
    }
    throw error;
  }
}
