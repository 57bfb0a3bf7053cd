import { type DeviceInfo, type DomainDef, iothreadIds } from '@virtkit/core/conf';
import type { JsonValue } from '../block/index.js';
import type { QemuCaps } from '../capabilities/index.js';
import { ArgList, escapeComma, type Props, wide } from './arg-list.js';
import { addBoot, bootIndexes } from './boot.js';
import { addChannels, addConsoles, addParallels, addSerials } from './chardevs.js';
import { addClock, addPowerManagement, addRootHotplug } from './clock.js';
import type { CommandContext } from './context.js';
import { addControllers, addGlobalControllers, addLegacyUsb, ON_HUBS } from './controllers.js';
import { cpuArguments, smpArguments } from './cpu.js';
import { addDisks, addReservations } from './disks.js';
import { addLoader, addPflash } from './firmware.js';
import { addGraphics, addNoDisplay } from './graphics.js';
import { addHostdevInterface, addHostdevs } from './hostdevs.js';
import { addInterfaces } from './interfaces.js';
import { machineArguments } from './machine.js';
import { addMainMemory, mainMemoryId } from './memory.js';
import { addNuma } from './numa.js';
import { addHubs, addInputs, addRedirdevs, addSmartcards } from './input-devices.js';
import { addBalloon, addMemoryDevices } from './memory-devices.js';
import { addFilesystems } from './filesystems.js';
import { addTpms } from './tpm.js';
import { addRngs, addCryptos } from './rng.js';
import { addShmems, addVsock } from './shared-memory.js';
import {
  addWatchdogs,
  addNvram,
  addPanics,
  addIommu,
  addGuestFacts,
  addVmCoreInfo,
  addLaunchSecurity,
} from './board.js';
import { MASTER_KEY } from './secrets.js';
import { prepareDefinition } from './prepare.js';
import { addSmbios } from './smbios.js';
import { addAudio, addSounds } from './sound.js';
import { addVideos } from './video.js';

/** How to run a domain. */
export interface CommandLine {
  /** Without the program itself. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The definition as it runs: with the names of its devices. */
  readonly def: DomainDef;
}

/**
 * qemuBuildCommandLine: QEMU's arguments for a domain whose addresses are assigned. Never waits, and does not change the
 * definition. Raises CONFIG_UNSUPPORTED for what this QEMU cannot do.
 */
export function buildCommandLine(config: DomainDef, probed: QemuCaps, context: CommandContext): CommandLine {
  const caps = withNamespaceFlags(probed, config);
  const def = prepareDefinition(config, context);
  const args = new ArgList(caps, { zpci: zpciOf(def), overrides: overridesOf(def) });
  const boot = bootIndexes(def);
  let node = 0;
  const next = (): number => ++node;

  args.add('-name', `guest=${escapeComma(def.name)},debug-threads=on`);
  const deprecation = def.namespaces?.qemu?.deprecation?.behavior;
  if (deprecation !== undefined && deprecation !== 'none' && caps.has('compat-deprecated'))
    args.add('-compat', JSON.stringify(DEPRECATION[deprecation]));
  args.add('-S');
  if (context.masterKey !== undefined)
    args.object({ 'qom-type': 'secret', id: MASTER_KEY, format: 'raw', file: context.masterKey });
  addReservations(args, def, context);
  if (context.fips && caps.has('enable-fips')) args.add('-enable-fips');
  const pflash = addPflash(args, def, context);
  args.add(
    ...machineArguments(def, caps, context, {
      memoryBackend: mainMemoryId(def, caps),
      pflash: pflash.code === undefined ? [] : [pflash.code, pflash.variables],
    }),
  );
  const tb = def.features?.tcg?.['tb-cache'];
  args.add(
    '-accel',
    def.type === 'kvm' ? `kvm${dirtyRing(def)}` : `tcg${tb === undefined || tb === 0 ? '' : `,tb-size=${tb >> 10}`}`,
  );
  const tseg = def.features?.smm?.tseg;
  if (tseg !== undefined) args.add('-global', `mch.extended-tseg-mbytes=${tseg}`);
  args.add(...cpuArguments(def, caps));
  addLoader(args, def);
  addMainMemory(args, def, context);
  args.add('-overcommit', `mem-lock=${locksMemory(def) ? 'on' : 'off'}`);
  args.add(...smpArguments(def, caps));
  addIoThreads(args, def);
  addMainLoop(args, def);
  addNuma(args, def, context);
  args.add('-uuid', def.uuid);
  addSmbios(args, def);
  addGuestFacts(args, def);
  addNoDisplay(args, def);
  args.add('-no-user-config', '-nodefaults');
  addMonitor(args, context);
  addClock(args, def, context);
  addPowerManagement(args, def);
  addBoot(args, def);
  addRootHotplug(args, def);
  addIommu(args, def);
  addGlobalControllers(args, def);
  addControllers(args, def);
  addLegacyUsb(args, def);
  addMemoryDevices(args, def, context);
  addHubs(args, def);
  addControllers(args, def, ON_HUBS);
  addDisks(args, def, context, boot, next);
  addFilesystems(args, def, context, boot);
  addInterfaces(args, def, context, boot);
  addSmartcards(args, def, context);
  addSerials(args, def, context);
  addParallels(args, def, context);
  addChannels(args, def, context);
  addConsoles(args, def, context);
  addTpms(args, def, context);
  addInputs(args, def);
  addAudio(args, def);
  addGraphics(args, def, context);
  addVideos(args, def, context);
  addSounds(args, def);
  addWatchdogs(args, def);
  addRedirdevs(args, def, context, boot);
  for (const net of def.devices.interface) addHostdevInterface(args, def, net, boot);
  addHostdevs(args, def, context, boot, next);
  addBalloon(args, def);
  if (context.incoming !== undefined) args.add('-incoming', context.incoming);
  addRngs(args, def, context);
  addNvram(args, def);
  addVmCoreInfo(args, def);
  addLaunchSecurity(args, def, context);
  const own = def.namespaces?.qemu?.commandline;
  for (const { value } of own?.arg ?? []) args.add(value);
  if (context.seccomp) args.add('-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny');
  addPanics(args, def);
  addShmems(args, def, context);
  addVsock(args, def, context);
  addCryptos(args, def);
  if (context.timestamps) args.add('-msg', 'timestamp=on');
  const env = { ...context.environment };
  if (def.clock.offset === 'timezone') env.TZ = def.clock.timezone;
  for (const audio of def.devices.audio)
    if (audio.type === 'sdl' && audio.driver !== undefined) env.SDL_AUDIODRIVER = audio.driver;
  for (const graphics of def.devices.graphics)
    if (graphics.type === 'sdl') {
      if (graphics.xauth !== undefined) env.XAUTHORITY = graphics.xauth;
      if (graphics.display !== undefined) env.DISPLAY = graphics.display;
    }
  if (context.saslDir !== undefined && usesSasl(def, context)) env.SASL_CONF_PATH = context.saslDir;
  for (const { name, value } of own?.env ?? []) env[name] = value ?? '';
  return { argv: args.argv, def, env };
}

const DEPRECATION = {
  omit: { 'deprecated-output': 'hide' },
  reject: { 'deprecated-output': 'hide', 'deprecated-input': 'reject' },
  crash: { 'deprecated-output': 'hide', 'deprecated-input': 'crash' },
} as const;

const dirtyRing = ({ features }: DomainDef): string => {
  const ring = features?.kvm?.['dirty-ring'];
  return ring?.state === true ? `,dirty-ring-size=${ring.size ?? 0}` : '';
};

function usesSasl({ devices }: DomainDef, { vnc, spice }: CommandContext): boolean {
  return devices.graphics.some(({ type }) => (type === 'vnc' && vnc.sasl) || (type === 'spice' && spice.sasl));
}

/** `<qemu:capabilities>` says what this QEMU is to be taken for. */
function withNamespaceFlags(caps: QemuCaps, def: DomainDef): QemuCaps {
  const change = def.namespaces?.qemu?.capabilities;
  if (change === undefined) return caps;
  const names = (list: readonly { capability: string }[]) => list.map(({ capability }) => capability) as never[];
  return caps.withFlags({ add: names(change.add), del: names(change.del) });
}

/** Companions of devices that have a z/PCI address. */
function zpciOf({ devices }: DomainDef): ReadonlyMap<string, { uid: number; fid: number }> {
  const found = new Map<string, { uid: number; fid: number }>();
  const add = ({ address, alias }: DeviceInfo): void => {
    if (address?.type === 'pci' && address.zpci !== undefined && alias !== undefined)
      found.set(alias.name, { uid: address.zpci.uid ?? 0, fid: address.zpci.fid ?? 0 });
  };
  for (const value of Object.values(devices) as (DeviceInfo | readonly DeviceInfo[])[]) {
    if (!Array.isArray(value)) add(value as DeviceInfo);
    // Mediated devices have their identity from the host's.
    else if (value !== devices.hostdev) for (const device of value) add(device as DeviceInfo);
    else for (const device of devices.hostdev) if (device.type !== 'mdev') add(device);
  }
  return found;
}

/** `<qemu:override>`: members of devices that the domain sets itself. */
function overridesOf({ namespaces }: DomainDef): Map<string, (props: Props) => Props> {
  const found = new Map<string, (props: Props) => Props>();
  for (const { alias, frontend } of namespaces?.qemu?.override?.device ?? [])
    found.set(alias, (props) => {
      const changed: Record<string, JsonValue | undefined> = { ...props };
      for (const { property } of frontend)
        for (const { name, type, value = '' } of property) {
          if (type === 'remove') delete changed[name];
          else changed[name] = type === 'bool' ? value === 'true' : type === 'string' ? value : wide(BigInt(value));
        }
      return changed;
    });
  return found;
}

/** Memory that devices of the host write to must stay where it is. */
function locksMemory({ memoryBacking }: DomainDef): boolean {
  return memoryBacking?.locked === true;
}

function addIoThreads(args: ArgList, def: DomainDef): void {
  for (const id of iothreadIds(def)) {
    const thread = def.iothreadids?.iothread.find((one) => one.id === id);
    args.object({
      'qom-type': 'iothread',
      id: `iothread${id}`,
      ...(thread?.thread_pool_min !== undefined && { 'thread-pool-min': thread.thread_pool_min }),
      ...(thread?.thread_pool_max !== undefined && { 'thread-pool-max': thread.thread_pool_max }),
    });
  }
}

function addMainLoop(args: ArgList, { defaultiothread }: DomainDef): void {
  if (defaultiothread === undefined) return;
  const { thread_pool_min: min, thread_pool_max: max } = defaultiothread;
  if (min === undefined && max === undefined) return;
  args.object({
    'qom-type': 'main-loop',
    id: 'main-loop',
    ...(min !== undefined && { 'thread-pool-min': min }),
    ...(max !== undefined && { 'thread-pool-max': max }),
  });
}

function addMonitor(args: ArgList, context: CommandContext): void {
  args.add('-chardev', context.monitor.replace(/^(\w+)/, '$1,id=charmonitor'));
  args.add('-mon', 'chardev=charmonitor,id=monitor,mode=control');
}
