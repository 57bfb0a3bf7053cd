import type { DomainDef, SecurityLabelDef } from '@virtkit/core/conf';

/** Guests and their files belong to whom this process does: the label of libvirt's DAC model. */
export const ownerLabel = (): string => `+${process.getuid?.() ?? 0}:+${process.getgid?.() ?? 0}`;

const MODEL = 'dac';

/** virSecurityManagerGenLabel: what a guest that runs is labelled with, where its definition leaves that to us. */
export function withOwner(def: DomainDef): DomainDef {
  const decided = ({ type, model }: SecurityLabelDef): boolean =>
    model === MODEL || (type === 'none' && model === undefined);
  if (def.seclabel.some(decided)) return def;
  const label = ownerLabel();
  return {
    ...def,
    seclabel: [...def.seclabel, { type: 'dynamic', model: MODEL, relabel: true, label, imagelabel: label }],
  };
}

/** The definition as it would be started next: a label in force goes with the process that has it. */
export function withoutOwner(def: DomainDef): DomainDef {
  const given = ({ type, model, imagelabel }: SecurityLabelDef): boolean =>
    !(type === 'dynamic' && model === MODEL && imagelabel !== undefined);
  return def.seclabel.every(given) ? def : { ...def, seclabel: def.seclabel.filter(given) };
}
