import type { QemuFlag } from '../flag-names.js';
import type { Accelerator, AcceleratorCaps, MachineType, QemuCapsData } from '../model.js';
import { QemuCaps } from '../qemu-caps.js';
import { probeCpuModels, probeHostCpu, probeHyperv } from './cpus.js';
import type { ProbeFacts, PropertyMap } from './facts.js';
import { deriveFlags, devicesToList, objectsToList } from './flag-rules.js';
import { probeMachines } from './machines.js';
import { probeGic, probeSev, probeSgx } from './platform.js';
import { QmpSchema } from './schema.js';
import { ask, type ProbeSession } from './session.js';

/** The two QEMU processes that a probe talks to */
export interface ProbeSource {
  binary: string;
  /** A process started with `-machine none,accel=kvm:tcg`, past its greeting and capabilities negotiation */
  primary: ProbeSession;
  /** A process started with `accel=tcg`; asked for only when the first one runs under KVM and TCG is built in */
  tcg(): Promise<ProbeSession>;
}

/** What the caller knows of host and binary, kept beside what QEMU says */
export type ProbeIdentity = Partial<
  Pick<
    QemuCapsData,
    | 'binaryTime'
    | 'moduleDirTime'
    | 'selfTime'
    | 'selfVersion'
    | 'microcodeVersion'
    | 'hostCpuSignature'
    | 'kernelVersion'
    | 'kvmVersion'
    | 'kvmSupportsNesting'
    | 'kvmSupportsSecureGuest'
  >
>;

/** QEMU names its targets differently from libvirt in these cases */
const TARGETS: Readonly<Record<string, string>> = { i386: 'i686', arm: 'armv7l', or1k: 'openrisc', or32: 'openrisc' };

const X86 = new Set(['x86_64', 'i686']);

/** virQEMUCapsInitQMP: asks a QEMU for all that virtkit wants to know of it */
export async function probeCapabilities(
  source: ProbeSource,
  identity: ProbeIdentity | ((flags: ReadonlySet<QemuFlag>) => ProbeIdentity) = {},
): Promise<QemuCaps> {
  const session = source.primary;
  const [version, target, kvm] = await Promise.all([
    ask<{ qemu: { major: number; minor: number; micro: number }; package: string }>(session, 'query-version'),
    ask<{ arch: string }>(session, 'query-target'),
    ask<{ enabled: boolean; present: boolean }>(session, 'query-kvm'),
  ]);
  const number =
    version === undefined ? 0 : version.qemu.major * 1_000_000 + version.qemu.minor * 1_000 + version.qemu.micro;
  const arch = TARGETS[target?.arch ?? ''] ?? target?.arch ?? 'none';

  const basics = { arch, version: number, kvm: kvm?.enabled === true };
  const { facts, machines, cpuModels, sev, sgx } = await gather(session, basics);
  const flags = deriveFlags(facts);

  const accelerator: Accelerator = flags.has('kvm') ? 'kvm' : flags.has('hvf') ? 'hvf' : 'tcg';
  const first: AcceleratorCaps = { machines, ...(cpuModels !== undefined && { cpuModels }) };
  const expansion = flags.has('query-cpu-model-expansion') && EXPANDS.has(arch);
  const migratable = X86.has(arch);
  const [hostCpu, gic, hyperv] = await Promise.all([
    expansion ? probeHostCpu(session, { arch, model: accelerator === 'tcg' ? 'max' : 'host', migratable }) : undefined,
    facts.commands.has('query-gic-capabilities') ? probeGic(session) : [],
    X86.has(arch) ? probeHyperv(session) : undefined,
  ]);
  if (hostCpu !== undefined) first.hostCpu = hostCpu;

  const data: QemuCapsData = {
    binary: source.binary,
    binaryTime: 0,
    selfTime: 0,
    selfVersion: 0,
    kvmVersion: 0,
    microcodeVersion: 0,
    ...(typeof identity === 'function' ? identity(flags) : identity),
    version: number,
    package: version?.package ?? '',
    arch,
    flags,
    accelerators: { [accelerator]: first },
    gic,
    ...(sev !== undefined && { sev }),
    ...(sgx !== undefined && { sgx }),
    ...(hyperv !== undefined && { hyperv }),
  };
  if (accelerator !== 'tcg' && flags.has('tcg'))
    data.accelerators.tcg = await probeTcg(await source.tcg(), arch, flags);
  return new QemuCaps(data);
}

/** Architectures whose host CPU QEMU can spell out */
const EXPANDS = new Set(['x86_64', 'i686', 's390x', 's390', 'aarch64', 'armv7l', 'armv6l']);

async function probeTcg(session: ProbeSession, arch: string, flags: QemuCapsData['flags']): Promise<AcceleratorCaps> {
  const expansion = flags.has('query-cpu-model-expansion') && EXPANDS.has(arch);
  const model = flags.has('cpu-max') ? 'max' : 'host';
  const [cpuModels, machines, hostCpu] = await Promise.all([
    flags.has('query-cpu-definitions') ? probeCpuModels(session, arch) : undefined,
    probeMachines(session, arch),
    expansion ? probeHostCpu(session, { arch, model, migratable: X86.has(arch) }) : undefined,
  ]);
  return { machines, ...(cpuModels !== undefined && { cpuModels }), ...(hostCpu !== undefined && { hostCpu }) };
}

async function gather(session: ProbeSession, basics: Pick<ProbeFacts, 'arch' | 'version' | 'kvm'>) {
  const [schema, commandList, typeList, optionList, migrationList, tpmModels, tpmTypes, machines] = await Promise.all([
    ask<unknown[]>(session, 'query-qmp-schema'),
    ask<{ name: string }[]>(session, 'query-commands'),
    ask<{ name: string }[]>(session, 'qom-list-types'),
    ask<{ option: string; parameters: { name: string }[] }[]>(session, 'query-command-line-options'),
    ask<{ capability: string }[]>(session, 'query-migrate-capabilities'),
    ask<string[]>(session, 'query-tpm-models'),
    ask<string[]>(session, 'query-tpm-types'),
    probeMachines(session, basics.arch),
  ]);
  const commands = names(commandList);
  const types = names(typeList);
  const [properties, cpuModels, sev, sgx] = await Promise.all([
    listProperties(session, types, machines),
    commands.has('query-cpu-definitions') ? probeCpuModels(session, basics.arch) : undefined,
    types.has('sev-guest') ? probeSev(session) : undefined,
    types.has('sgx-epc') ? probeSgx(session) : undefined,
  ]);
  const facts: ProbeFacts = {
    ...basics,
    commands,
    schema: new QmpSchema(schema ?? []),
    types,
    properties,
    options: new Map((optionList ?? []).map((entry) => [entry.option, names(entry.parameters)])),
    migration: new Set((migrationList ?? []).map((entry) => entry.capability)),
    tpmModels: new Set(tpmModels),
    tpmTypes: new Set(tpmTypes),
    cpuModels: names(cpuModels),
    sev: sev !== undefined,
    sgx: sgx !== undefined,
  };
  return { facts, machines, cpuModels, sev, sgx };
}

function names(list: readonly { name: string }[] | undefined): Set<string> {
  return new Set((list ?? []).map((entry) => entry.name));
}

/**
 * Devices are asked for even when the binary does not list them: asking makes QEMU load the module they live in. Objects, CPUs
 * and machines are never in modules.
 */
async function listProperties(
  session: ProbeSession,
  types: ReadonlySet<string>,
  machines: readonly MachineType[],
): Promise<Map<string, PropertyMap>> {
  const devices = devicesToList().map((type) => ({
    command: 'device-list-properties',
    type,
    typename: type,
    ask: true,
  }));
  const objects = objectsToList().map((type) => {
    const machine = machines.find((candidate) => candidate.alias === type)?.name ?? type;
    const typename = types.has(`${machine}-machine`) ? `${machine}-machine` : type;
    return { command: 'qom-list-properties', type, typename, ask: types.has(typename) };
  });
  const found = new Map<string, PropertyMap>();
  await Promise.all(
    [...devices, ...objects].map(async ({ command, type, typename, ask: wanted }) => {
      if (!wanted) return;
      const reply = await ask<{ name: string; 'default-value'?: unknown }[]>(session, command, { typename });
      if (reply === undefined) return;
      found.set(type, new Map(reply.map((property) => [property.name, property['default-value']])));
    }),
  );
  return found;
}
