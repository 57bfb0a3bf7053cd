import type { DomainDef } from '../domain-def.js';
import type { DomainXmlOption } from '../xml-option.js';

/** What the document's elements on processors and NUMA say about one another. */
export function postParseTuning(def: DomainDef, _option: DomainXmlOption): void {
  const { vcpu } = def;
  if (vcpu.current === vcpu.value) delete vcpu.current;
  if (vcpu.placement === 'auto') delete vcpu.cpuset;
}
