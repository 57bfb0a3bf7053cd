import type { ClockDef, DomainDef } from '@virtkit/core/conf';
import { isX86 } from '../machine.js';
import type { ArgList } from './arg-list.js';
import type { CommandContext } from './context.js';

/** qemuBuildClockCommandLine */
export function addClock(args: ArgList, def: DomainDef, context: CommandContext): void {
  const words = [`base=${rtcBase(def.clock, context.now)}`];
  const timer = (name: string) => def.clock.timer.find((one) => one.name === name);
  const rtc = timer('rtc');
  if (rtc?.track === 'boot' || rtc?.track === 'wall') words.push(`clock=${rtc.track === 'wall' ? 'host' : 'vm'}`);
  else if (rtc?.track === 'guest') words.push('clock=vm');
  else if (rtc?.track === 'realtime') words.push('clock=rt');
  if (rtc?.tickpolicy === 'catchup') words.push('driftfix=slew');
  args.add('-rtc', words.join(','));
  const pit = timer('pit');
  if (pit !== undefined && args.caps.has('kvm-pit-lost-tick-policy')) {
    const policy = pit.tickpolicy ?? 'delay';
    if (policy === 'delay' || policy === 'discard') args.add('-global', `kvm-pit.lost_tick_policy=${policy}`);
  }
  const hpet = timer('hpet');
  if (isX86(def) && hpet?.present === false && !args.caps.has('machine-hpet')) args.add('-no-hpet');
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);

function rtcBase(clock: ClockDef, now: number): string {
  switch (clock.offset) {
    case 'utc':
      return 'utc';
    case 'localtime':
    case 'timezone':
      return 'localtime';
    case 'variable': {
      const adjustment = Number(clock.adjustment ?? 0) || 0;
      const basis = clock.basis === 'localtime' ? -new Date(now * 1000).getTimezoneOffset() * 60 : 0;
      return iso(now + adjustment + basis);
    }
    case 'absolute':
      return iso(clock.start);
  }
}

/** qemuBuildPMCommandLine and what of it is the chipset's */
export function addPowerManagement(args: ArgList, def: DomainDef): void {
  const { caps } = args;
  const noReboot = def.on_reboot === 'destroy' && def.on_poweroff === 'destroy';
  const destroyed = noReboot && (def.on_crash === 'destroy' || def.on_crash === 'coredump-destroy');
  args.add(destroyed && !caps.has('set-action') ? '-no-reboot' : '-no-shutdown');
  if (def.features?.acpi === undefined && caps.has('no-acpi')) args.add('-no-acpi');
  const q35 = /q35/.test(def.os.type.machine ?? '');
  const chip = q35 ? 'ICH9-LPC' : 'PIIX4_PM';
  const mem = def.pm?.['suspend-to-mem']?.enabled;
  const disk = def.pm?.['suspend-to-disk']?.enabled;
  if (mem !== undefined) args.add('-global', `${chip}.disable_s3=${mem ? 0 : 1}`);
  if (disk !== undefined) args.add('-global', `${chip}.disable_s4=${disk ? 0 : 1}`);
}

/** Whether devices can be plugged into the first bus of an i440FX board. */
export function addRootHotplug(args: ArgList, def: DomainDef): void {
  const { caps } = args;
  const root = def.devices.controller.find((c) => c.type === 'pci' && c.model === 'pci-root' && c.index === 0);
  const hotplug = root?.type === 'pci' ? root.target?.hotplug : undefined;
  if (hotplug !== undefined && caps.has('piix4.acpi-root-pci-hotplug'))
    args.add('-global', `PIIX4_PM.acpi-root-pci-hotplug=${hotplug ? 'on' : 'off'}`);
}
