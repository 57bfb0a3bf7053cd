/** Models libvirt has a number for; their case does not matter. */
export const NET_MODELS = [
  'netfront',
  'rtl8139',
  'virtio',
  'e1000',
  'e1000e',
  'virtio-transitional',
  'virtio-non-transitional',
  'usb-net',
  'spapr-vlan',
  'lan9118',
  'scm91c111',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'vmxnet3',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
] as const;

const MODEL_NAMES: ReadonlyMap<string, string> = new Map(NET_MODELS.map((name) => [name.toLowerCase(), name]));

/** virDomainNetModelTypeFromString: a model as libvirt writes it, if it knows it. */
export const knownNetModel = (type: string): string | undefined => MODEL_NAMES.get(type.toLowerCase());

/** virDomainNetIsVirtioModel */
export function isVirtioNet({ model }: { model?: { type: string } }): boolean {
  return model?.type === 'virtio' || model?.type === 'virtio-transitional' || model?.type === 'virtio-non-transitional';
}
