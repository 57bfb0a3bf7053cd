/** virDomainPCIConnectFlags: what a device needs of the bus that it is plugged into, and what a bus offers. */
export const PciConnect = {
  /** May share a slot with others of its kind, each on a function of its own. */
  AGGREGATE_SLOT: 1 << 0,
  HOTPLUGGABLE: 1 << 1,
  /** Devices may be placed there without being told to. */
  AUTOASSIGN: 1 << 2,
  /** Belongs on bus 0, which is otherwise not assigned from. */
  INTEGRATED: 1 << 3,
  PCI_DEVICE: 1 << 4,
  PCIE_DEVICE: 1 << 5,
  PCIE_ROOT_PORT: 1 << 6,
  PCIE_SWITCH_UPSTREAM_PORT: 1 << 7,
  PCIE_SWITCH_DOWNSTREAM_PORT: 1 << 8,
  DMI_TO_PCI_BRIDGE: 1 << 9,
  PCI_EXPANDER_BUS: 1 << 10,
  PCIE_EXPANDER_BUS: 1 << 11,
  PCI_BRIDGE: 1 << 12,
  PCIE_TO_PCI_BRIDGE: 1 << 13,
} as const;

/** The flags that say what kind of device something is. */
export const PCI_CONNECT_TYPES =
  PciConnect.PCI_DEVICE |
  PciConnect.PCIE_DEVICE |
  PciConnect.PCIE_ROOT_PORT |
  PciConnect.PCIE_SWITCH_UPSTREAM_PORT |
  PciConnect.PCIE_SWITCH_DOWNSTREAM_PORT |
  PciConnect.DMI_TO_PCI_BRIDGE |
  PciConnect.PCI_EXPANDER_BUS |
  PciConnect.PCIE_EXPANDER_BUS |
  PciConnect.PCI_BRIDGE |
  PciConnect.PCIE_TO_PCI_BRIDGE;

export type PciControllerModel =
  | 'pci-root'
  | 'pcie-root'
  | 'pci-bridge'
  | 'dmi-to-pci-bridge'
  | 'pcie-to-pci-bridge'
  | 'pcie-root-port'
  | 'pcie-switch-upstream-port'
  | 'pcie-switch-downstream-port'
  | 'pci-expander-bus'
  | 'pcie-expander-bus';

interface PciControllerTraits {
  /** What it offers downstream. */
  readonly offers: number;
  /** What it needs upstream; 0 for roots, which are plugged into nothing. */
  readonly needs: number;
  readonly minSlot: number;
  readonly maxSlot: number;
}

const C = PciConnect;
const PLACE = C.AUTOASSIGN | C.HOTPLUGGABLE;

/** Every PCI controller: what may be plugged into it, where, and what it needs itself. */
export const PCI_CONTROLLERS: Readonly<Record<PciControllerModel, PciControllerTraits>> = {
  'pci-root': {
    offers: PLACE | C.PCI_DEVICE | C.PCI_BRIDGE | C.PCI_EXPANDER_BUS,
    needs: 0,
    minSlot: 1,
    maxSlot: 31,
  },
  'pcie-root': {
    offers: C.PCIE_DEVICE | C.PCIE_ROOT_PORT | C.DMI_TO_PCI_BRIDGE | C.PCIE_EXPANDER_BUS,
    needs: 0,
    minSlot: 1,
    maxSlot: 31,
  },
  'pci-bridge': { offers: PLACE | C.PCI_DEVICE | C.PCI_BRIDGE, needs: C.PCI_BRIDGE, minSlot: 1, maxSlot: 31 },
  'pci-expander-bus': {
    offers: PLACE | C.PCI_DEVICE | C.PCI_BRIDGE,
    needs: C.PCI_EXPANDER_BUS,
    minSlot: 0,
    maxSlot: 31,
  },
  'dmi-to-pci-bridge': {
    offers: C.PCI_DEVICE | C.PCI_BRIDGE,
    needs: C.DMI_TO_PCI_BRIDGE,
    minSlot: 0,
    maxSlot: 31,
  },
  'pcie-to-pci-bridge': {
    offers: PLACE | C.PCI_DEVICE | C.PCI_BRIDGE,
    needs: C.PCIE_TO_PCI_BRIDGE,
    minSlot: 1,
    maxSlot: 31,
  },
  'pcie-root-port': {
    offers: PLACE | C.PCIE_DEVICE | C.PCIE_SWITCH_UPSTREAM_PORT | C.PCIE_TO_PCI_BRIDGE,
    needs: C.PCIE_ROOT_PORT | C.AGGREGATE_SLOT,
    minSlot: 0,
    maxSlot: 0,
  },
  'pcie-switch-upstream-port': {
    offers: C.PCIE_SWITCH_DOWNSTREAM_PORT,
    needs: C.PCIE_SWITCH_UPSTREAM_PORT,
    minSlot: 0,
    maxSlot: 31,
  },
  'pcie-switch-downstream-port': {
    offers: PLACE | C.PCIE_DEVICE | C.PCIE_SWITCH_UPSTREAM_PORT | C.PCIE_TO_PCI_BRIDGE,
    needs: C.PCIE_SWITCH_DOWNSTREAM_PORT,
    minSlot: 0,
    maxSlot: 0,
  },
  'pcie-expander-bus': {
    offers: C.PCIE_ROOT_PORT | C.DMI_TO_PCI_BRIDGE,
    needs: C.PCIE_EXPANDER_BUS,
    minSlot: 0,
    maxSlot: 31,
  },
};

const NAMES: readonly (readonly [number, string])[] = [
  [C.PCI_DEVICE, 'standard PCI device'],
  [C.PCIE_DEVICE, 'PCI Express device'],
  [C.PCIE_ROOT_PORT, 'pcie-root-port'],
  [C.PCIE_SWITCH_UPSTREAM_PORT, 'pcie-switch-upstream-port'],
  [C.PCIE_SWITCH_DOWNSTREAM_PORT, 'pcie-switch-downstream-port'],
  [C.DMI_TO_PCI_BRIDGE, 'dmi-to-pci-bridge'],
  [C.PCIE_TO_PCI_BRIDGE, 'pcie-to-pci-bridge'],
  [C.PCI_EXPANDER_BUS, 'pci-expander-bus'],
  [C.PCIE_EXPANDER_BUS, 'pcie-expander-bus'],
  [C.PCI_BRIDGE, 'pci-bridge'],
];

/** Name of the kind of device in `flags`, for messages. */
export function pciConnectName(flags: number): string | undefined {
  return NAMES.find(([flag]) => (flags & flag) !== 0)?.[1];
}

/** Model of the PCI controller that has these needs, undefined for endpoints. */
export function controllerModelOf(flags: number): PciControllerModel | undefined {
  const types = flags & PCI_CONNECT_TYPES & ~(C.PCI_DEVICE | C.PCIE_DEVICE);
  if (types === 0) return undefined;
  return (Object.keys(PCI_CONTROLLERS) as PciControllerModel[]).find(
    (model) => (PCI_CONTROLLERS[model].needs & types) !== 0,
  );
}
