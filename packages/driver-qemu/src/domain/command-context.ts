import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DomainDef,
  fullHostCpu,
  type GuestCpuDef,
  type HostCpuDef,
  type HypervisorHostCpu,
  settleGuestCpu,
} from '@virtkit/core/conf';
import { ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { HOST_ARCH, hostModelCpu, hypervisorCpuModels, type QemuCaps } from '../capabilities/index.js';
import { isNativeGuest } from '../capabilities/machine-families.js';
import type { CommandContext } from '../command/index.js';
import { configUnsupported, invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { sealSecret } from './sealed-secrets.js';
import { readSecretValues } from './secret-values.js';
import { lookUpVolumes } from './volumes.js';

/** What belongs to one run. */
export interface RunParts {
  readonly dir: string;
  /** `-chardev` backend of the monitor, without its id. */
  readonly monitor: string;
  /** Key under which secrets are sealed; QEMU finds it in {@link masterKeyFile}. */
  readonly key: Uint8Array;
}

/** What this host gives the command line of a domain; what it cannot prepare yet is refused by name. */
export async function commandContext(
  host: QemuHost,
  caps: QemuCaps,
  def: DomainDef,
  { dir, monitor, key }: RunParts,
): Promise<CommandContext> {
  const volumes = await lookUpVolumes(def.devices.disk, host.storage);
  const [firmware, cpu, numaNodes, values] = await Promise.all([
    def.os.firmware === undefined ? [] : host.facts.firmware(),
    def.cpu === undefined ? undefined : host.hostCpu(),
    host.numaNodes(),
    readSecretValues(def, host.secrets),
  ]);
  const refuse = (what: string): never => {
    throw configUnsupported(
      `${what} is not supported by this version of the QEMU driver: take it out of the definition of domain '${def.name}'`,
    );
  };
  return {
    dir,
    monitor,
    environment: environment(dir),
    dumpGuestCore: false,
    seccomp: caps.has('seccomp-sandbox'),
    timestamps: true,
    hugepages: [],
    memoryDir: join(dir, 'ram'),
    hugepageDir: (mount) => join(mount, 'virtkit/qemu', def.name),
    tls: {
      chardev: '/etc/pki/qemu',
      chardevVerify: true,
      blockDir: ({ tls }) => (tls === true ? '/etc/pki/qemu' : undefined),
      blockSecret: () => false,
    },
    vnc: { listen: '127.0.0.1', sasl: false, verify: false, autoSocket: false },
    spice: { listen: '127.0.0.1', sasl: false, autoSocket: false },
    volume: volumes,
    firmware,
    nvramDir: join(host.dirs.lib, 'nvram'),
    machineName: (machine) => caps.machine(def.type, machine)?.name ?? machine,
    settleCpu(guest) {
      refuseCpuMode(caps, def, guest);
      return settleGuestCpu(def.os.type.arch ?? HOST_ARCH, guest, hypervisorCpu(caps, def.type, cpu));
    },
    channelDir: join(dir, 'channel'),
    now: Math.floor(host.clock.now() / 1000),
    tap: ({ type, target }, _queues, vhost) =>
      target?.dev === undefined
        ? refuse(`interface of type '${type}'${target?.managed === false ? ' whose tap device others manage' : ''}`)
        : { ifname: target.dev, vhost: vhost && existsSync('/dev/vhost-net') },
    listen: (_purpose, path) => `path=${path.replaceAll(',', ',,')}`,
    passedFd: (purpose) => refuse(`the descriptor for '${purpose}'`),
    openFiles: () => [],
    fdGroup(name) {
      throw invalidArg(`file descriptor group '${name}' was not associated with the domain`);
    },
    passtSocket: (alias) => refuse(`passt for interface '${alias}'`),
    glusterDebug: 4,
    fips: false,
    scsiGeneric,
    hasDevice: existsSync,
    tpmSocket: tpmSocket(dir),
    masterKey: masterKeyFile(dir),
    sealSecret(id, what) {
      const value = what === undefined ? undefined : 'text' in what ? Buffer.from(what.text) : values(what);
      return value === undefined ? refuse(`the secret '${id}'`) : sealSecret(key, value);
    },
    drmRenderNode: firstRenderNode,
    dbusAddress: () => refuse("a D-Bus display without an address or 'p2p'"),
    vsockCid: 3,
    numaNodes,
  };
}

/** virQEMUCapsIsCPUModeSupported */
function refuseCpuMode(caps: QemuCaps, { type, os }: DomainDef, { mode }: GuestCpuDef): void {
  const arch = os.type.arch ?? HOST_ARCH;
  const supported =
    mode === 'host-passthrough'
      ? type !== 'qemu' && isNativeGuest(HOST_ARCH, arch)
      : mode !== 'host-model' || hostModelCpu(caps, type, { arch: HOST_ARCH }) !== undefined || type === 'kvm';
  if (!supported)
    throw configUnsupported(
      `CPU mode '${mode}' for ${arch} ${type} domain on ${HOST_ARCH} host is not supported by hypervisor`,
    );
}

/** The generic node of a SCSI device of this host. */
function scsiGeneric(adapter: string, bus: number, target: number, unit: number): string {
  const folder = `/sys/bus/scsi/devices/${adapter.replace(/^scsi_host/, '')}:${bus}:${target}:${unit}/scsi_generic`;
  return `/dev/${firstOf(folder, () => true)}`;
}

const firstRenderNode = (): string => `/dev/dri/${firstOf('/dev/dri', (name) => name.startsWith('renderD'))}`;

function firstOf(folder: string, matches: (name: string) => boolean): string {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw LibvirtError.system(ErrorDomain.NONE, `cannot open directory '${folder}'`, error);
  }
  const found = names.sort().find(matches);
  if (found === undefined) throw configUnsupported(`there is no usable device in ${folder}`);
  return found;
}

/** What a guest's CPU is checked against and made from. */
function hypervisorCpu(caps: QemuCaps, virtType: string, cpu: HostCpuDef | undefined): HypervisorHostCpu {
  let known = hypervisorCpus.get(caps);
  if (known === undefined) hypervisorCpus.set(caps, (known = new Map<string, HypervisorHostCpu>()));
  let found = known.get(virtType);
  if (found === undefined) known.set(virtType, (found = askHypervisor(caps, virtType, cpu)));
  return found;
}

const hypervisorCpus = new WeakMap<QemuCaps, Map<string, HypervisorHostCpu>>();

function askHypervisor(caps: QemuCaps, virtType: string, cpu: HostCpuDef | undefined): HypervisorHostCpu {
  const host = { arch: HOST_ARCH, ...(cpu !== undefined && { cpu }) };
  const own = hostModelCpu(caps, virtType, host);
  const full = virtType === 'kvm' && cpu !== undefined && own !== undefined ? fullHostCpu(cpu, own) : own;
  return {
    full,
    migratable: hostModelCpu(caps, virtType, host, { migratable: true }),
    models: hypervisorCpuModels(caps, virtType),
  };
}

/** virDomainDefGetShortName without its number: the part of a domain's name that names its files. */
export const shortName = (name: string): string => Array.from(name).slice(0, 20).join('').replaceAll('/', '_');

/** Where QEMU finds the key of its run. */
export const masterKeyFile = (dir: string): string => join(dir, 'master-key.aes');

/** Where the emulated TPM of a run listens. */
export const tpmSocket = (dir: string): string => join(dir, 'swtpm.sock');

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
