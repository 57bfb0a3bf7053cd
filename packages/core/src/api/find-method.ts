import { hostname } from 'node:os';
import type { Awaitable, FunctionName } from '../driver/index.js';
import { DriverFeature } from '../util/index.js';
import { fromListAll } from './from-list-all.js';
import type { PreparedCall } from './prepared-call.js';

export type Methods = Readonly<Record<string, Method | undefined>>;
export type Method = (...args: unknown[]) => Awaitable<unknown>;

/** How the arguments of an older function become those of its successor; most only gain flags. */
const SUCCESSOR_ARGS: Readonly<Partial<Record<FunctionName, (args: readonly unknown[]) => unknown[]>>> = {
  domainSave: (args) => [...args, null, 0],
  domainRestore: (args) => [...args, null, 0],
  nodeDeviceDettach: (args) => [...args, null, 0],
  domainCoreDump: ([domain, to, flags]) => [domain, to, 0, flags],
};
/** What every libvirt driver answers alike, for drivers that do not say otherwise. */
const DEFAULTS: Readonly<Partial<Record<FunctionName, Method>>> = {
  connectGetLibVersion: () => 9_000_000n,
  connectGetHostname: () => hostname(),
  connectIsAlive: () => true,
  connectIsSecure: () => true,
  connectIsEncrypted: () => false,
  // virDriverFeatureIsGlobal: true of everything that speaks this interface at all.
  connectSupportsFeature: (feature) =>
    feature === DriverFeature.TYPED_PARAM_STRING || feature === DriverFeature.NETWORK_UPDATE_HAS_CORRECT_ORDER,
};

const withFlags = (args: readonly unknown[]): unknown[] => [...args, 0];

/**
 * The driver's own function, or its successor with flags 0, or what a list-all call can say: so that a driver writes each
 * thing once and older clients are served all the same. Undefined means NO_SUPPORT.
 */
export function findMethod(driver: Methods | undefined, prepared: PreparedCall): Method | undefined {
  return (driver && fromDriver(driver, prepared)) ?? DEFAULTS[prepared.name];
}

function fromDriver(driver: Methods, { name, entry, domain }: PreparedCall): Method | undefined {
  const own = driver[name];
  if (own !== undefined) return own.bind(driver);
  const successor = entry.fallback === undefined ? undefined : driver[entry.fallback];
  if (successor !== undefined) {
    const adapt = SUCCESSOR_ARGS[name] ?? withFlags;
    return (...args) => successor.call(driver, ...adapt(args.slice(0, -1)), args.at(-1));
  }
  const listed = fromListAll(name);
  const list = listed && driver[listed.list];
  if (listed === undefined || list === undefined) return undefined;
  return (...args) => listed.answer((flags) => list.call(driver, flags, args.at(-1)), args, domain);
}
