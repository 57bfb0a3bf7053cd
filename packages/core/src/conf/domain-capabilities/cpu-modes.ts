import { guestCpuFields } from '../cpu/index.js';
import {
  attr,
  elementOf,
  type ElementCodec,
  type Field,
  type Fields,
  list,
  oneOf,
  req,
  reqCustom,
  str,
  text,
  yesNo,
} from '../xml/index.js';
import type { CpuCaps, CpuModelCaps, HostModelCaps, Supported } from './domain-capabilities-def.js';
import { enumField } from './enum-field.js';

const customModel = elementOf<CpuModelCaps>('model', {
  usable: attr(oneOf('yes', 'no', 'unknown')),
  deprecated: attr(yesNo),
  vendor: attr(str),
  name: text(str),
});

/** One `<mode>` of several: a mode that is not supported has no details, one that is not there is not supported. */
function modeField<T extends Supported>(name: string, fields: Fields<Omit<T, 'supported'>>): Field<T, false> {
  const named = { name: req(oneOf(name)), supported: req(yesNo), ...fields } as unknown as Fields<T & { name: string }>;
  const codec: ElementCodec<T & { name: string }> = elementOf('mode', named);
  const unsupported = { name, supported: false } as T & { name: string };
  return reqCustom<T>({
    reason: 'several elements of one name, told apart by an attribute',
    covers: { elements: [codec as ElementCodec<unknown>] },
    decode(node, context) {
      const found = node.children.find((child) => child.name === 'mode' && child.attrs.name === name);
      if (found === undefined) return { supported: false } as T;
      const { name: _, ...mode } = codec.decode(found, context);
      return mode as unknown as T;
    },
    body: (mode, depth, context) => codec.encode(mode.supported ? { ...mode, name } : unsupported, depth, context),
  });
}

/** `<cpu>` of domain capabilities */
export const cpuCaps: ElementCodec<CpuCaps> = elementOf<CpuCaps>('cpu', {
  hostPassthrough: modeField('host-passthrough', {
    hostPassthroughMigratable: enumField('hostPassthroughMigratable'),
  }),
  maximum: modeField('maximum', { maximumMigratable: enumField('maximumMigratable') }),
  hostModel: modeField<HostModelCaps>('host-model', {
    model: guestCpuFields.model,
    vendor: guestCpuFields.vendor,
    feature: guestCpuFields.feature,
  }),
  custom: modeField<CpuCaps['custom']>('custom', { model: list(customModel) }),
});
