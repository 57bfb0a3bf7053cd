import { withFeature, type CpuFeatureDef, type GuestCpuDef, type CpuDef } from './cpu-def.js';

/**
 * The guest's CPU made a custom one with the host's model and features, the guest's own features on top. The host may be
 * told as a guest is: by what a hypervisor can give. A guest that named its model keeps the vendor it asked for.
 */
export function withHostModel(guest: GuestCpuDef, host: CpuDef): GuestCpuDef {
  const feature = host.feature.map(({ name, policy }): CpuFeatureDef => ({ policy: policy ?? 'require', name }));
  for (const { name, policy } of guest.feature) withFeature(feature, name, policy ?? 'require');
  const { model, vendor, ...rest } = guest;
  const keptVendor = guest.mode === 'custom' ? vendor : host.vendor;
  return {
    ...rest,
    mode: 'custom',
    match: 'exact',
    model: {
      fallback: model?.fallback ?? 'allow',
      ...(model?.vendor_id === undefined ? {} : { vendor_id: model.vendor_id }),
      ...(host.model?.name === undefined ? {} : { name: host.model.name }),
    },
    ...(keptVendor === undefined ? {} : { vendor: keptVendor }),
    feature,
  };
}
