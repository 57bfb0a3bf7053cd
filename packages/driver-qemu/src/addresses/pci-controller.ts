import { type DomainDef, formatPlace } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { PciController } from './pci-devices.js';

const MODEL_NAMES = {
  'pci-root': undefined,
  'pcie-root': undefined,
  'pci-bridge': 'pci-bridge',
  'dmi-to-pci-bridge': 'i82801b11-bridge',
  'pcie-to-pci-bridge': 'pcie-pci-bridge',
  'pcie-root-port': 'pcie-root-port',
  'pcie-switch-upstream-port': 'x3130-upstream',
  'pcie-switch-downstream-port': 'xio3130-downstream',
  'pci-expander-bus': 'pxb',
  'pcie-expander-bus': 'pxb-pcie',
} as const;

export interface PciControllerDefaults {
  /** QEMU has the generic pcie-root-port; else Intel's is used. */
  readonly genericRootPort: boolean;
  readonly pSeries: boolean;
}

/** Fills in what a PCI controller's own numbers are, once it has its place, where the user left them open. */
export function completePciController(
  controller: PciController,
  def: DomainDef,
  defaults: PciControllerDefaults,
): void {
  const { address, model, index } = controller;
  if (model === undefined) return;
  const name =
    model === 'pci-root' && defaults.pSeries
      ? 'spapr-pci-host-bridge'
      : model === 'pcie-root-port' && !defaults.genericRootPort
        ? 'ioh3420'
        : MODEL_NAMES[model];
  if (name !== undefined) controller.modelName ??= { name };
  const target = (controller.target ??= {});
  const place = address?.type === 'pci' ? address : undefined;
  switch (model) {
    case 'pci-bridge':
      target.chassisNr ??= index;
      break;
    case 'pcie-root-port':
      target.chassis ??= index;
      target.port ??= place === undefined ? 0 : (place.slot << 3) + place.function;
      break;
    case 'pcie-switch-downstream-port':
      target.chassis ??= index;
      target.port ??= place?.slot ?? 0;
      break;
    case 'pci-expander-bus':
    case 'pcie-expander-bus':
      target.busNr ??= nextBusNr(def);
      break;
    case 'pci-root':
      if (defaults.pSeries) target.index ??= nextRootIndex(def, index);
      break;
  }
  if (Object.keys(target).length === 0) delete controller.target;
}

const targets = (def: DomainDef): { busNr?: number; index?: number }[] =>
  def.devices.controller.flatMap((c) => (c.type === 'pci' && c.target !== undefined ? [c.target] : []));

/** Expander buses count down from the top, leaving each room for one bus below it. */
function nextBusNr(def: DomainDef): number {
  const lowest = targets(def).reduce((least, { busNr = 256 }) => Math.min(least, busNr), 256);
  if (lowest <= 2)
    throw new LibvirtError(
      ErrorCode.INTERNAL_ERROR,
      ErrorDomain.QEMU,
      'No free busNr lower than current lowest busNr is available to auto-assign: give the expander bus a busNr',
    );
  return lowest - 2;
}

/** The default root is 0; further ones take the lowest number from 1 to 31 that is free. */
function nextRootIndex(def: DomainDef, index: number): number {
  if (index === 0) return 0;
  const used = new Set(targets(def).map((target) => target.index));
  for (let free = 1; free <= 31; free++) if (!used.has(free)) return free;
  throw new LibvirtError(
    ErrorCode.INTERNAL_ERROR,
    ErrorDomain.QEMU,
    'No usable target index found for 31 further PCI roots',
  );
}

/** A controller stands on a bus of lower index, so that QEMU knows the bus when it makes the controller. */
export function checkControllerOrder({ index, address }: PciController): void {
  if (address?.type !== 'pci' || index <= 0 || address.bus < index) return;
  const hex = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;
  throw new LibvirtError(
    ErrorCode.CONFIG_UNSUPPORTED,
    ErrorDomain.QEMU,
    `PCI controller at index ${index} (${hex(index)}) has bus='${hex(address.bus)}', but index must be larger than bus (its address is ${formatPlace(address)})`,
  );
}
