import { FUNCTIONS, type FunctionName, type HypervisorDriver } from '@virtkit/core/driver';
import { unsupportedFlags } from './errors.js';

const AFFECT = 0x3; // VIR_DOMAIN_AFFECT_LIVE | _CONFIG

/** The flags that each function knows; functions with flags that are not listed know none. */
const ACCEPTED: Readonly<Partial<Record<FunctionName, number>>> = {
  connectListAllDomains: 0xffff,
  connectBaselineCPU: 0x3, // EXPAND_FEATURES, MIGRATABLE
  connectBaselineHypervisorCPU: 0x3,
  connectCompareCPU: 0x3, // FAIL_INCOMPATIBLE, VALIDATE_XML
  connectCompareHypervisorCPU: 0x3,
  connectGetAllDomainStats: 0xe000_00ff,
  domainCreateXML: 0x13, // PAUSED, AUTODESTROY, VALIDATE
  domainCreateWithFlags: 0xf, // PAUSED, AUTODESTROY, BYPASS_CACHE, FORCE_BOOT
  domainDefineXMLFlags: 0x1,
  domainUndefineFlags: 0x7f,
  domainShutdownFlags: 0x3, // ACPI_POWER_BTN, GUEST_AGENT
  domainReboot: 0x3,
  domainDestroyFlags: 0x1,
  domainGetXMLDesc: 0xf,
  domainOpenConsole: 0x3,
  domainOpenChannel: 0x1,
  domainSetMemoryFlags: AFFECT | 0x4,
  domainSetMemoryStatsPeriod: AFFECT,
  domainGetVcpusFlags: AFFECT | 0x4 | 0x8, // MAXIMUM, GUEST
  domainSetVcpusFlags: AFFECT | 0x4 | 0x8,
  domainSetLifecycleAction: AFFECT,
  domainMemoryPeek: 0x3,
  domainBlockResize: 0x1,
  domainGetMessages: 0x3,
  domainGetJobStats: 0x3,
  domainSetMetadata: AFFECT,
  domainGetMetadata: AFFECT,
  domainAttachDeviceFlags: AFFECT,
  domainUpdateDeviceFlags: AFFECT | 0x4, // FORCE
  domainDetachDeviceFlags: AFFECT,
  domainDetachDeviceAlias: AFFECT,
  domainQemuMonitorCommand: 0x1,
};

const libvirtName = (name: string) => `qemu${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const positions = new Map<string, number>();

/** Where a driver's function has its flags; -1 for none. */
function positionOf(name: string): number {
  let position = positions.get(name);
  if (position === undefined) {
    const entry = FUNCTIONS[name as FunctionName] as (typeof FUNCTIONS)[FunctionName] | undefined;
    const index = entry?.args.findIndex((arg) => arg.startsWith('flags:')) ?? -1;
    position = entry === undefined || index < 0 || entry.on === 'connect' ? index : index + 1;
    positions.set(name, position);
  }
  return position;
}

/** Puts the check for unknown flags before every function of a table that takes flags. */
export function withFlagChecks<T extends Partial<HypervisorDriver>>(table: T): T {
  const checked: Record<string, unknown> = { ...table };
  for (const [name, method] of Object.entries(table) as [string, (...args: unknown[]) => unknown][]) {
    const position = positionOf(name);
    if (position < 0) continue;
    const unknown = ~(ACCEPTED[name as FunctionName] ?? 0);
    checked[name] = (...args: unknown[]) => {
      const bits = Number(args[position]) & unknown;
      if (bits !== 0) throw unsupportedFlags(bits, libvirtName(name));
      return method(...args);
    };
  }
  return checked as T;
}
