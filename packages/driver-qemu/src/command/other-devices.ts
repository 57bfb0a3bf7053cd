import type { DomainDef, InputDef, RngDef, TpmDef } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import { isArmVirt } from '../machine.js';
import { type ArgList, escapeComma } from './arg-list.js';
import { bootIndexOf, type BootIndexes } from './boot.js';
import { addChardev, fileOf } from './chardevs.js';
import type { CommandContext } from './context.js';
import { addressProps, controllerAlias } from './device-address.js';
import { addBackend, memoryBackend } from './memory.js';
import { virtioProps } from './virtio.js';

export function addHubs(args: ArgList, def: DomainDef): void {
  for (const hub of def.devices.hub)
    args.device({ driver: 'usb-hub', id: hub.alias?.name ?? '', ...addressProps(def, hub) });
}

export function addInputs(args: ArgList, def: DomainDef): void {
  for (const input of def.devices.input) {
    const alias = input.alias?.name ?? '';
    if (input.type === 'evdev') {
      const { source = {} } = input;
      args.object({
        'qom-type': 'input-linux',
        id: alias,
        evdev: source.dev,
        repeat: source.repeat,
        ...(source.grab === 'all' && { grab_all: true }),
        ...(source.grabToggle !== undefined && { 'grab-toggle': source.grabToggle }),
      });
    } else if (input.bus === 'usb')
      args.device({ driver: USB_INPUT[input.type], id: alias, ...addressProps(def, input) });
    else if (input.bus === 'virtio') {
      const base =
        input.type === 'passthrough'
          ? 'virtio-input-host'
          : `virtio-${input.type === 'keyboard' ? 'keyboard' : input.type}`;
      args.device({
        ...virtioProps(base, input, args.caps, input.model, input.driver),
        id: alias,
        ...(input.type === 'passthrough' && { evdev: input.source?.evdev }),
        ...addressProps(def, input),
      });
    }
  }
}

const USB_INPUT: Readonly<Record<InputDef['type'], string>> = {
  mouse: 'usb-mouse',
  tablet: 'usb-tablet',
  keyboard: 'usb-kbd',
  passthrough: 'usb-host',
  evdev: 'input-linux',
};

export function addWatchdogs(args: ArgList, def: DomainDef): void {
  for (const watchdog of def.devices.watchdog) {
    if (watchdog.model === ('itco' as never)) {
      args.add('-global', 'ICH9-LPC.noreboot=off');
    } else args.device({ driver: watchdog.model, id: watchdog.alias?.name ?? '', ...addressProps(def, watchdog) });
    // QEMU can only pause; that a dump is wanted then is ours to know.
    const action = watchdog.action === 'dump' ? 'pause' : watchdog.action;
    args.add('-watchdog-action', action);
  }
}

export function addRedirdevs(args: ArgList, def: DomainDef, context: CommandContext, boot: BootIndexes): void {
  for (const redirdev of def.devices.redirdev) {
    const alias = redirdev.alias?.name ?? '';
    addChardev(args, context, redirdev, `char${alias}`, { spice: 'usbredir' });
    const filter = def.devices.redirfilter?.usbdev.map(({ class: kind, vendor, product, version, allow }) =>
      [
        part(kind, 2),
        part(vendor, 4),
        part(product, 4),
        version === undefined ? '-1' : `0x${versionBcd(version)}`,
        allow ? '1' : '0',
      ].join(':'),
    );
    args.device({
      driver: 'usb-redir',
      chardev: `char${alias}`,
      id: alias,
      ...(filter !== undefined && filter.length > 0 && { filter: filter.join('|') }),
      ...bootIndexOf(boot, redirdev),
      ...addressProps(def, redirdev),
    });
  }
}

const part = (value: number | undefined, digits: number): string =>
  value === undefined || value < 0 ? '-1' : `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;

function versionBcd(version: string): string {
  const [major = '0', minor = '0'] = version.split('.');
  return `${major.padStart(2, '0')}${minor.padEnd(2, '0')}`;
}

export function addBalloon(args: ArgList, def: DomainDef): void {
  const balloon = def.devices.memballoon;
  if (balloon === undefined || balloon.model === 'none') return;
  args.device({
    ...virtioProps('virtio-balloon', balloon, args.caps, balloon.model, balloon.driver),
    id: balloon.alias?.name ?? '',
    ...(balloon.autodeflate !== undefined && { 'deflate-on-oom': balloon.autodeflate }),
    ...(balloon.freePageReporting !== undefined && { 'free-page-reporting': balloon.freePageReporting }),
    ...addressProps(def, balloon),
  });
}

export function addRngs(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const rng of def.devices.rng) {
    const alias = rng.alias?.name ?? '';
    addRngBackend(args, context, rng, alias);
    args.device({
      ...virtioProps('virtio-rng', rng, args.caps, rng.model, rng.driver),
      rng: `obj${alias}`,
      id: alias,
      ...(rng.rate !== undefined && { 'max-bytes': rng.rate.bytes, period: rng.rate.period ?? 1000 }),
      ...addressProps(def, rng),
    });
  }
}

function addRngBackend(args: ArgList, context: CommandContext, { backend }: RngDef, alias: string): void {
  const id = `obj${alias}`;
  switch (backend.model) {
    case 'random':
      args.object({ 'qom-type': 'rng-random', id, filename: backend.path ?? '/dev/urandom' });
      return;
    case 'egd':
      addChardev(args, context, backend, `char${alias}`);
      args.object({ 'qom-type': 'rng-egd', id, chardev: `char${alias}` });
      return;
    case 'builtin':
      args.object({ 'qom-type': 'rng-builtin', id });
  }
}

export function addNvram(args: ArgList, def: DomainDef): void {
  const { nvram } = def.devices;
  if (nvram?.address?.type === 'spapr-vio' && nvram.address.reg !== undefined)
    args.add('-global', `spapr-nvram.reg=0x${nvram.address.reg.toString(16)}`);
}

export function addPanics(args: ArgList, def: DomainDef): void {
  for (const panic of def.devices.panic)
    if (panic.model === 'isa')
      args.device({
        driver: 'pvpanic',
        ...(panic.address?.type === 'isa' && panic.address.iobase !== undefined && { ioport: panic.address.iobase }),
      });
}

export function addShmems(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const shmem of def.devices.shmem) {
    const alias = shmem.alias?.name ?? '';
    const model = shmem.model?.type ?? 'ivshmem';
    if (model === 'ivshmem')
      throw configUnsupported(
        'ivshmem device is not supported with this QEMU binary: use ivshmem-plain or ivshmem-doorbell',
      );
    const master = shmem.role === undefined ? {} : { master: shmem.role === 'master' };
    if (model === 'ivshmem-plain') {
      args.object({
        'qom-type': 'memory-backend-file',
        id: `shmmem-${alias}`,
        'mem-path': `/dev/shm/${shmem.name}`,
        size: (shmem.size ?? 4) * 1024 * 1024,
        share: true,
      });
      args.device({ driver: model, id: alias, memdev: `shmmem-${alias}`, ...master, ...addressProps(def, shmem) });
    } else {
      addChardev(
        args,
        context,
        {
          type: 'unix',
          source: { mode: 'connect', path: shmem.server?.path ?? `/var/lib/libvirt/shmem-${shmem.name}-sock` },
        },
        `char${alias}`,
      );
      args.device({
        driver: model,
        id: alias,
        chardev: `char${alias}`,
        ...master,
        ...(shmem.msi?.vectors !== undefined && { vectors: shmem.msi.vectors }),
        ...(shmem.msi?.ioeventfd !== undefined && { ioeventfd: shmem.msi.ioeventfd }),
        ...addressProps(def, shmem),
      });
    }
  }
}

export function addVsock(args: ArgList, def: DomainDef, context: CommandContext): void {
  const { vsock } = def.devices;
  if (vsock === undefined) return;
  const cid =
    vsock.cid?.auto === true ? (vsock.cid.address ?? context.vsockCid) : (vsock.cid?.address ?? context.vsockCid);
  args.device({
    ...virtioProps('vhost-vsock', vsock, args.caps, vsock.model, vsock.driver),
    id: vsock.alias?.name ?? '',
    'guest-cid': cid,
    vhostfd: context.passedFd('vsock'),
    ...addressProps(def, vsock),
  });
}

export function addCryptos(args: ArgList, def: DomainDef): void {
  for (const crypto of def.devices.crypto) {
    const alias = crypto.alias?.name ?? '';
    args.object({
      'qom-type': crypto.backend.model === 'lkcf' ? 'cryptodev-backend-lkcf' : 'cryptodev-backend-builtin',
      id: `obj${alias}`,
      ...(crypto.backend.queues !== undefined && { queues: crypto.backend.queues }),
    });
    args.device({
      ...virtioProps('virtio-crypto', crypto, args.caps, crypto.model, crypto.driver),
      cryptodev: `obj${alias}`,
      id: alias,
      ...addressProps(def, crypto),
    });
  }
}

export function addIommu(args: ArgList, def: DomainDef): void {
  const { iommu } = def.devices;
  if (iommu === undefined) return;
  const { driver = {} } = iommu;
  if (iommu.model === 'intel')
    args.device({
      driver: 'intel-iommu',
      id: iommu.alias?.name ?? '',
      ...(driver.intremap !== undefined && { intremap: driver.intremap ? 'on' : 'off' }),
      ...(driver.caching_mode !== undefined && { 'caching-mode': driver.caching_mode }),
      ...(driver.eim !== undefined && { eim: driver.eim ? 'on' : 'off' }),
      ...(driver.iotlb !== undefined && { 'device-iotlb': driver.iotlb }),
      ...(driver.aw_bits !== undefined && { 'aw-bits': driver.aw_bits }),
    });
  else if (iommu.model === 'virtio')
    args.device({ driver: 'virtio-iommu', id: iommu.alias?.name ?? '', ...addressProps(def, iommu) });
}

export function addMemoryDevices(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const device of def.devices.memory) {
    const alias = device.alias?.name ?? '';
    const backend = memoryBackend(def, args.caps, context, {
      id: `mem${device.model === 'sgx-epc' ? alias : alias}`,
      size: device.target.size,
      ...(device.target.node !== undefined && { nodeId: device.target.node }),
      device,
      force: true,
    });
    if (backend !== undefined) addBackend(args, backend);
    if (device.model === 'sgx-epc') continue;
    const node = device.target.node === undefined ? {} : { node: device.target.node };
    const memdev = { memdev: `mem${alias}`, id: alias };
    switch (device.model) {
      case 'dimm':
      case 'nvdimm':
        args.device({
          driver: device.model === 'dimm' ? 'pc-dimm' : 'nvdimm',
          ...node,
          ...(device.target.label !== undefined && { 'label-size': device.target.label.size * 1024 }),
          ...(device.uuid !== undefined && { uuid: device.uuid }),
          ...(device.target.readonly === true && { unarmed: true }),
          ...memdev,
          ...addressProps(def, device),
        });
        break;
      default:
        args.device({
          driver: `${device.model}-pci`,
          ...node,
          ...(device.target.block !== undefined && { 'block-size': device.target.block * 1024 }),
          ...(device.target.requested !== undefined && { 'requested-size': device.target.requested * 1024 }),
          ...(device.model === 'virtio-mem' &&
            def.memoryBacking?.allocation?.mode === 'immediate' &&
            args.caps.has('virtio-mem-pci.prealloc') && { prealloc: true }),
          ...memdev,
          ...addressProps(def, device),
        });
    }
  }
}

const FSDRIVERS = { path: 'local', handle: 'handle' } as const;

export function addFilesystems(args: ArgList, def: DomainDef, context: CommandContext, boot: BootIndexes): void {
  for (const fs of def.devices.filesystem) {
    const alias = fs.alias?.name ?? '';
    const source = fs.type === 'mount' || fs.type === 'bind' ? (fs.source?.dir ?? '') : '';
    const target = fs.target?.dir ?? '';
    if (fs.driver?.type === 'virtiofs') {
      const chardev = `chr-vu-${alias}`;
      const socket = (fs.source as { socket?: string } | undefined)?.socket;
      args.add('-chardev', `socket,id=${chardev},path=${escapeComma(socket ?? `${context.dir}/${alias}-fs.sock`)}`);
      args.device({
        ...virtioProps('vhost-user-fs', fs, args.caps, fs.model, fs.driver),
        id: alias,
        chardev,
        ...(fs.driver.queue !== undefined && { 'queue-size': fs.driver.queue }),
        tag: target,
        ...bootIndexOf(boot, fs),
        ...addressProps(def, fs),
      });
      continue;
    }
    const kind = FSDRIVERS[(fs.driver?.type ?? 'path') as keyof typeof FSDRIVERS];
    if (kind === undefined) throw configUnsupported(`unsupported filesystem driver type '${fs.driver?.type ?? ''}'`);
    const words: string[] = [kind];
    if (kind === 'local') {
      const mode = { passthrough: 'passthrough', mapped: 'mapped', squash: 'none' }[fs.accessmode ?? 'passthrough'];
      words.push(`security_model=${mode}`);
      if (fs.multidevs !== undefined && fs.multidevs !== 'default') words.push(`multidevs=${fs.multidevs}`);
      if (fs.fmode !== undefined) words.push(`fmode=${fs.fmode.toString(8).padStart(4, '0')}`);
      if (fs.dmode !== undefined) words.push(`dmode=${fs.dmode.toString(8).padStart(4, '0')}`);
    }
    if (fs.driver?.wrpolicy !== undefined) words.push(`writeout=${fs.driver.wrpolicy}`);
    words.push(`id=fsdev-${alias}`, `path=${escapeComma(source)}`);
    if (fs.readonly === true) words.push('readonly=on');
    args.add('-fsdev', words.join(','));
    args.device({
      ...virtioProps('virtio-9p', fs, args.caps, fs.model, fs.driver),
      id: alias,
      fsdev: `fsdev-${alias}`,
      mount_tag: target,
      ...addressProps(def, fs),
    });
  }
}

export function addSmartcards(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const smartcard of def.devices.smartcard) {
    const alias = smartcard.alias?.name ?? '';
    const { address } = smartcard;
    const bus = `${address?.type === 'ccid' ? controllerAlias(def, 'ccid', address.controller) : 'ccid0'}.0`;
    switch (smartcard.mode) {
      case 'host':
        args.device({ driver: 'ccid-card-emulated', backend: 'nss-emulated', id: alias, bus });
        break;
      case 'host-certificates': {
        const [cert1, cert2, cert3] = smartcard.certificate ?? [];
        args.device({
          driver: 'ccid-card-emulated',
          backend: 'certificates',
          cert1,
          cert2,
          cert3,
          db: smartcard.database ?? '/etc/pki/nssdb',
          id: alias,
          bus,
        });
        break;
      }
      case 'passthrough':
        addChardev(args, context, smartcard, `char${alias}`, { spice: 'smartcard' });
        args.device({ driver: 'ccid-card-passthru', chardev: `char${alias}`, id: alias, bus });
    }
  }
}

export function addTpms(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const tpm of def.devices.tpm) {
    const alias = tpm.alias?.name ?? '';
    if (tpm.model === 'spapr-tpm-proxy') {
      const path = tpm.backend.type === 'passthrough' ? (tpm.backend.device?.path ?? '/dev/tpm0') : '';
      args.device({ driver: 'spapr-tpm-proxy', id: alias, 'host-path': path });
      continue;
    }
    addTpmBackend(args, context, tpm, alias);
    const model = tpm.model === 'tpm-tis' && isArmVirt(def) ? 'tpm-tis-device' : (tpm.model ?? 'tpm-tis');
    args.device({ driver: model, tpmdev: `tpm-${alias}`, id: alias, ...addressProps(def, tpm) });
  }
}

function addTpmBackend(args: ArgList, context: CommandContext, { backend }: TpmDef, alias: string): void {
  switch (backend.type) {
    case 'passthrough': {
      const path = fileOf(args, context, `${alias}-tpm`, backend.device?.path ?? '/dev/tpm0');
      const cancel = fileOf(args, context, `${alias}-cancel`, `/sys/class/tpm/tpm0/device/cancel`);
      args.add('-tpmdev', `passthrough,id=tpm-${alias},path=${escapeComma(path)},cancel-path=${escapeComma(cancel)}`);
      return;
    }
    case 'emulator':
      args.add('-chardev', `socket,id=chrtpm,path=${escapeComma(context.tpmSocket)}`);
      args.add('-tpmdev', `emulator,id=tpm-${alias},chardev=chrtpm`);
      return;
    case 'external':
      if (backend.source !== undefined) addChardev(args, context, backend.source, 'chrtpm');
      args.add('-tpmdev', `emulator,id=tpm-${alias},chardev=chrtpm`);
  }
}

/** qemuBuildVMGenIDCommandLine and qemuBuildVMCoreInfoCommandLine */
export function addGuestFacts(args: ArgList, def: DomainDef): void {
  if (def.genid !== undefined) args.device({ driver: 'vmgenid', guid: def.genid, id: 'vmgenid0' });
}

export function addVmCoreInfo(args: ArgList, def: DomainDef): void {
  if (def.features?.vmcoreinfo?.state === true) args.device({ driver: 'vmcoreinfo' });
}

/** qemuBuildSecCommandLine: memory that the host cannot read. */
export function addLaunchSecurity(args: ArgList, def: DomainDef, context: CommandContext): void {
  const security = def.launchSecurity;
  if (security === undefined) return;
  if (security.type === 's390-pv') {
    args.object({ 'qom-type': 's390-pv-guest', id: 'lsec0' });
    return;
  }
  args.object({
    'qom-type': 'sev-guest',
    id: 'lsec0',
    cbitpos: security.cbitpos ?? args.caps.data.sev?.cbitpos,
    'reduced-phys-bits': security.reducedPhysBits ?? args.caps.data.sev?.reducedPhysBits,
    policy: security.policy,
    ...(security.dhCert !== undefined && { 'dh-cert-file': `${context.dir}/dh_cert.base64` }),
    ...(security.session !== undefined && { 'session-file': `${context.dir}/session.base64` }),
    ...(security.kernelHashes !== undefined && { 'kernel-hashes': security.kernelHashes }),
  });
}
