import { type DomainDef, formatBitmap, parseBitmap } from '@virtkit/core/conf';

/** qemuDomainDefNumaCPUsRectify: vCPUs that no NUMA cell has go to the first, where QEMU would put them. */
export function fillNumaCpus(def: DomainDef): void {
  const cells = def.cpu?.numa?.cell ?? [];
  const [first] = cells;
  if (first === undefined) return;
  const placed = new Set(cells.flatMap(({ cpus }) => (cpus === undefined ? [] : (parseBitmap(cpus) ?? []))));
  const missing: number[] = [];
  for (let vcpu = 0; vcpu < def.vcpu.value; vcpu++) if (!placed.has(vcpu)) missing.push(vcpu);
  if (missing.length === 0) return;
  const own = first.cpus === undefined ? [] : (parseBitmap(first.cpus) ?? []);
  first.cpus = formatBitmap([...own, ...missing].sort((a, b) => a - b));
}
