import type { CpuModel, HostCpuModel, HostCpuProperty } from '../model.js';
import { ask, type ProbeSession } from './session.js';

interface CpuReply {
  name: string;
  typename?: string;
  'unavailable-features'?: string[];
  deprecated?: boolean;
}

interface ExpansionReply {
  model: { name: string; props?: Record<string, unknown> };
}

/** Models that libvirt's CPU map writes in capitals, and QEMU since 2.11 does not */
const PPC64_MODELS = new Map(
  ['POWER6', 'POWER7', 'POWER8', 'POWER9', 'POWER10', 'POWERPC_e5500', 'POWERPC_e6500'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** query-cpu-definitions; undefined where QEMU has no such command */
export async function probeCpuModels(session: ProbeSession, arch: string): Promise<CpuModel[] | undefined> {
  const reply = await ask<CpuReply[]>(session, 'query-cpu-definitions');
  return reply?.map((entry) => {
    const blockers = entry['unavailable-features'];
    const model: CpuModel = {
      name: (arch.startsWith('ppc64') && PPC64_MODELS.get(entry.name)) || entry.name,
      usable: blockers === undefined ? 'unknown' : blockers.length === 0 ? 'yes' : 'no',
      blockers: blockers ?? [],
    };
    if (entry.typename) model.typename = entry.typename;
    if (entry.deprecated === true) model.deprecated = true;
    return model;
  });
}

/** How far a model is expanded: ARM knows only one way, x86 needs the one that lists every feature */
function expansionType(arch: string): 'static' | 'full' {
  return arch === 'aarch64' || arch.startsWith('armv') ? 'full' : 'static';
}

/**
 * query-cpu-model-expansion of the best CPU the accelerator offers. With `migratable`, QEMU is asked twice, and a feature
 * that is on in both answers counts as migratable.
 */
export async function probeHostCpu(
  session: ProbeSession,
  options: { arch: string; model: 'host' | 'max'; migratable: boolean },
): Promise<HostCpuModel | undefined> {
  const type = expansionType(options.arch);
  const model = { name: options.model };
  const [plain, all] = await Promise.all([
    ask<ExpansionReply>(session, 'query-cpu-model-expansion', { type, model }),
    options.migratable
      ? ask<ExpansionReply>(session, 'query-cpu-model-expansion', {
          type,
          model: { ...model, props: { migratable: false } },
        })
      : undefined,
  ]);
  if (plain === undefined) return undefined;
  if (all === undefined) return { model: plain.model.name, migratability: false, properties: toProperties(plain) };

  const migratable = plain.model.props ?? {};
  const properties = toProperties(all).map((property) =>
    property.type === 'boolean' && property.value
      ? { ...property, migratable: migratable[property.name] === true }
      : property,
  );
  return { model: all.model.name, migratability: true, properties };
}

function toProperties(reply: ExpansionReply): HostCpuProperty[] {
  return Object.entries(reply.model.props ?? {}).flatMap(([name, value]): HostCpuProperty[] => {
    if (typeof value === 'boolean') return [{ name, type: 'boolean', value }];
    if (typeof value === 'string') return [{ name, type: 'string', value }];
    if (typeof value === 'number') return [{ name, type: 'number', value }];
    return [];
  });
}

/** Enlightenments in the order and by the names of `<hyperv>` */
// prettier-ignore
const HYPERV = [
  'relaxed', 'vapic', 'spinlocks', 'vpindex', 'runtime', 'synic', 'stimer', 'reset', 'vendor_id', 'frequencies',
  'reenlightenment', 'tlbflush', 'ipi', 'evmcs', 'avic',
] as const;

/** The enlightenments that a guest with hv-passthrough would see; undefined where QEMU tells none */
export async function probeHyperv(session: ProbeSession): Promise<string[] | undefined> {
  const props = { migratable: false, 'hv-passthrough': true };
  const reply = await ask<ExpansionReply>(session, 'query-cpu-model-expansion', {
    type: 'full',
    model: { name: 'host', props },
  });
  const found = reply?.model.props ?? {};
  const names = HYPERV.filter((name) => {
    const value = found[`hv-${name.replaceAll('_', '-')}`];
    return value !== undefined && value !== false && value !== 0;
  });
  return names.length > 0 ? [...names] : undefined;
}
