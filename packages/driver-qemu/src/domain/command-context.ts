import { join } from 'node:path';
import {
  type DomainDef,
  fullHostCpu,
  type HostCpuDef,
  type HypervisorHostCpu,
  settleGuestCpu,
} from '@virtkit/core/conf';
import { HOST_ARCH, hostModelCpu, hypervisorCpuModels, type QemuCaps } from '../capabilities/index.js';
import type { CommandContext } from '../command/index.js';
import { configUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

/** What this host gives the command line of a domain; what it cannot prepare yet is refused by name. */
export async function commandContext(
  host: QemuHost,
  caps: QemuCaps,
  def: DomainDef,
  dir: string,
  monitorFd: number,
): Promise<CommandContext> {
  const [firmware, cpu] = await Promise.all([
    def.os.firmware === undefined ? [] : host.facts.firmware(),
    def.cpu === undefined ? undefined : host.hostCpu(),
  ]);
  const refuse = (what: string): never => {
    throw configUnsupported(`${what} is not supported by this version of the QEMU driver (domain '${def.name}')`);
  };
  return {
    dir,
    monitor: `socket,fd=${monitorFd},server=on,wait=off`,
    privileged: process.getuid?.() === 0,
    environment: environment(dir),
    dumpGuestCore: false,
    seccomp: false,
    timestamps: true,
    hugepages: [],
    memoryDir: join(dir, 'ram'),
    hugepageDir: (mount) => join(mount, 'virtkit/qemu', def.name),
    tls: { blockDir: () => undefined, blockSecret: () => false },
    vnc: { listen: '127.0.0.1', sasl: false, verify: false, autoSocket: false },
    spice: { listen: '127.0.0.1', sasl: false, autoSocket: false },
    firmware,
    nvramDir: join(host.dirs.lib, 'nvram'),
    machineName: (machine) => caps.machine(def.type, machine)?.name ?? machine,
    settleCpu: (guest) => settleGuestCpu(def.os.type.arch ?? HOST_ARCH, guest, hypervisorCpu(caps, def.type, cpu)),
    channelDir: join(dir, 'channel'),
    now: Math.floor(host.clock.now() / 1000),
    tap: (alias) => refuse(`interface '${alias}' with a tap device`),
    listen: (_purpose, path) => `path=${path.replaceAll(',', ',,')}`,
    passedFd: (purpose) => refuse(`the descriptor for '${purpose}'`),
    openFiles: () => [],
    fdGroup: (name) => refuse(`the group of descriptors '${name}'`),
    passtSocket: (alias) => refuse(`passt for interface '${alias}'`),
    glusterDebug: 4,
    fips: false,
    scsiGeneric: (adapter) => refuse(`the SCSI host device on '${adapter}'`),
    tpmSocket: join(dir, 'swtpm.sock'),
    sealSecret: (id) => refuse(`the secret '${id}'`),
    drmRenderNode: '/dev/dri/renderD128',
    vsockCid: 3,
    numaNodes: '0',
  };
}

/** What a guest's CPU is checked against and made from. */
function hypervisorCpu(caps: QemuCaps, virtType: string, cpu: HostCpuDef | undefined): HypervisorHostCpu {
  const host = { arch: HOST_ARCH, ...(cpu !== undefined && { cpu }) };
  const own = hostModelCpu(caps, virtType, host);
  const full = virtType === 'kvm' && cpu !== undefined && own !== undefined ? fullHostCpu(cpu, own) : own;
  return {
    full,
    migratable: hostModelCpu(caps, virtType, host, { migratable: true }),
    models: hypervisorCpuModels(caps, virtType),
  };
}

function environment(dir: string): Record<string, string> {
  return {
    LC_ALL: 'C',
    PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: dir,
    XDG_DATA_HOME: join(dir, '.local/share'),
    XDG_CACHE_HOME: join(dir, '.cache'),
    XDG_CONFIG_HOME: join(dir, '.config'),
  };
}
