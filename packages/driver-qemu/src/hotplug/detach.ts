import {
  copyDef,
  deviceByAlias,
  type DomainDef,
  type DomainDevice,
  type DomainXmlOption,
  matchingDevices,
  type ParsedDevice,
  parseDomainDevice,
  removeDevice,
} from '@virtkit/core/conf';
import { DomainEventID, ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { assertNoJob, levelsOf, removeNodes } from '../block-jobs/index.js';
import { copyOnReadNode } from '../block/index.js';
import type { QemuDomain } from '../domain/domain.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { releaseTapNames } from '../domain/taps.js';
import { internalError, operationFailed, operationInvalid, operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { argumentsBetween, liveContext } from './arguments.js';
import { chardevBackend } from './chardev-backend.js';
import { kindName } from './kinds.js';

/** How long a guest may take to let go of a device before the caller is told that it was asked to, in ms. */
const PATIENCE = 5_000;

const DETACHABLE = new Set([
  'disk',
  'controller',
  'interface',
  'rng',
  'channel',
  'serial',
  'parallel',
  'console',
  'input',
  'watchdog',
  'shmem',
  'redirdev',
  'vsock',
  'filesystem',
]);

function missing(wanted: DomainDevice): LibvirtError {
  const raise = (detail: string) => new LibvirtError(ErrorCode.DEVICE_MISSING, ErrorDomain.QEMU, detail);
  switch (wanted.kind) {
    case 'interface':
      return raise(
        `no device found at address '(<null>)' matching MAC address '${wanted.device.mac?.address ?? ''}' and alias '(<null>)'`,
      );
    case 'disk':
      return raise(`disk ${wanted.device.target?.dev ?? ''} not found`);
    case 'rng':
      return raise(`model '${wanted.device.backend.model}' RNG device not present in domain configuration`);
    case 'watchdog':
      return raise('watchdog device not present in domain configuration');
    case 'filesystem':
      return raise('matching filesystem not found');
    case 'redirdev':
      return operationInvalid('no matching redirdev was not found');
    case 'serial':
    case 'parallel':
    case 'console':
    case 'channel':
      return raise(`chr type '${wanted.kind}' device not present in domain configuration`);
    default:
      return raise(`matching ${wanted.kind} device not found`);
  }
}

function refuseUndetachable({ kind, device }: DomainDevice): void {
  if (!DETACHABLE.has(kind)) throw operationUnsupported(`live detach of device '${kindName(kind)}' is not supported`);
  if (kind === 'disk' && device.device !== 'disk' && device.device !== 'lun' && device.target?.bus !== 'usb')
    throw operationUnsupported(`disk device type '${device.device}' cannot be detached`);
  if (kind === 'disk' && !['virtio', 'scsi', 'usb'].includes(device.target?.bus ?? ''))
    throw operationUnsupported('This type of disk cannot be hot unplugged');
  if (kind === 'controller' && device.type !== 'scsi')
    throw operationUnsupported(`'${device.type}' controller cannot be hot unplugged.`);
}

/** qemuDomainDetachDeviceLive: asks a guest to let go of a device. It may take its time, and what is left is done then. */
export async function detachLive(domain: QemuDomain, xml: string, option: DomainXmlOption): Promise<void> {
  const wanted = parseDomainDevice(xml, copyDef(domain.def), option, { skipValidate: true }) as ParsedDevice;
  refuseKind(wanted);
  const found = onlyOne(domain.def, wanted);
  if (found === undefined) throw missing(wanted);
  await unplug(domain, found, PATIENCE);
}

/** virDomainNetFindIdx: of interfaces a MAC address may mean several. */
export function onlyOne(def: DomainDef, wanted: ParsedDevice): DomainDevice | undefined {
  const found = matchingDevices(def, wanted);
  if (wanted.kind === 'interface' && found.length > 1)
    throw operationFailed(`multiple devices matching MAC address ${wanted.device.mac?.address ?? ''} found`);
  return found[0];
}

function refuseKind({ kind }: DomainDevice): void {
  if (!DETACHABLE.has(kind)) throw operationUnsupported(`live detach of device '${kindName(kind)}' is not supported`);
}

/** qemuDomainDetachDeviceAliasLive: the guest is only asked. */
export async function detachAliasLive(domain: QemuDomain, alias: string): Promise<void> {
  const found = deviceByAlias(domain.def, alias);
  if (found === undefined) throw internalError(`no device found with alias ${alias}`);
  await unplug(domain, found, 0);
}

async function unplug(domain: QemuDomain, found: DomainDevice, patience: number): Promise<void> {
  const live = domain.running;
  refuseUndetachable(found);
  if (found.kind === 'disk') assertNoJob(live, found.device);
  const alias = (found.device as { alias?: { name: string } }).alias?.name;
  if (alias === undefined) throw internalError(`a ${kindName(found.kind)} device without a name cannot be detached`);
  let timer: NodeJS.Timeout | undefined;
  const gone = new Promise<void>((resolve) => {
    live.removals.set(alias, resolve);
    timer = setTimeout(resolve, patience);
  });
  try {
    await live.monitor.execute('device_del', { id: alias });
    await gone;
  } finally {
    clearTimeout(timer);
    live.removals.delete(alias);
  }
}

/** qemuDomainRemoveDevice: the guest has let go of a device; what was behind it goes too. */
export async function deviceRemoved(
  host: QemuHost,
  domain: QemuDomain,
  live: LiveDomain,
  alias: string,
): Promise<void> {
  try {
    const before = domain.def;
    const def = copyDef(before);
    const found = deviceByAlias(def, alias);
    if (found !== undefined) {
      removeDevice(def, found);
      await removeBackends(host, live, before, def, found);
      // Others may have changed it meanwhile.
      const now = copyDef(domain.def);
      const there = deviceByAlias(now, alias);
      if (there !== undefined) removeDevice(now, there);
      domain.def = now;
      await host.saveStatus(domain);
    }
  } catch (error) {
    host.log.error(`device '${alias}' of domain '${domain.name}' left something behind: ${String(error)}`);
  }
  live.removals.get(alias)?.();
  host.events.emit(DomainEventID.DEVICE_REMOVED, domain.uuid, { dom: domain.ref, devAlias: alias });
}

async function removeBackends(
  host: QemuHost,
  live: LiveDomain,
  before: DomainDef,
  after: DomainDef,
  found: DomainDevice,
) {
  const { monitor } = live;
  if (found.kind === 'disk') {
    const filter = copyOnReadNode(found.device);
    if (filter !== undefined) await monitor.execute('blockdev-del', { 'node-name': filter }).catch(() => undefined);
    if (found.device.source !== undefined) await removeNodes(monitor, levelsOf(found.device));
    return;
  }
  const { caps, context } = await liveContext(host, live, before);
  const { netdevs, chardevs, objects } = argumentsBetween(after, before, caps, context);
  const forget = (command: string, id: string | undefined) =>
    monitor
      .execute(command, { id })
      .catch((error: unknown) => host.log.debug(`${command} ${id ?? ''}: ${String(error)}`));
  for (const { id } of netdevs) await forget('netdev_del', id);
  for (const text of chardevs) await forget('chardev-remove', chardevBackend(text).id);
  for (const { id } of objects) await forget('object-del', id);
  if (found.kind === 'interface')
    releaseTapNames(host, { ...before, devices: { ...before.devices, interface: [found.device] } });
}
