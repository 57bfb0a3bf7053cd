import {
  addController,
  type ControllerOf,
  type DomainDef,
  type GraphicsDef,
  maybeAddController,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import type { QemuCaps } from '../../capabilities/index.js';
import { isArmVirt, isI440fx, isMicrovm, isMipsMalta, isPSeries, isQ35, isRiscvVirt, isX86 } from '../../machine.js';

/** What a machine has although its document does not say so. */
interface Fixtures {
  readonly usb: ControllerOf<'usb'>['model'] | 'default';
  readonly pciRoot: 'pci-root' | 'pcie-root' | undefined;
  readonly sata: boolean;
  readonly balloon: boolean;
  readonly panic: boolean;
  readonly usbInput: boolean;
}

const PLAIN: Fixtures = {
  usb: 'default',
  pciRoot: undefined,
  sata: false,
  balloon: true,
  panic: false,
  usbInput: false,
};

function fixturesOf(def: DomainDef, caps: QemuCaps | undefined): Fixtures {
  const arch = def.os.type.arch ?? '';
  switch (arch) {
    case 'i686':
    case 'x86_64':
      return x86Fixtures(def, caps);
    case 'armv6l':
    case 'armv7l':
    case 'armv7b':
    case 'aarch64':
      return { ...PLAIN, usb: undefined, balloon: false, pciRoot: armRoot(def, caps) };
    case 'ppc64':
    case 'ppc64le':
      return { ...PLAIN, pciRoot: 'pci-root', usbInput: true, panic: isPSeries(def) };
    case 'alpha':
    case 'ppc':
    case 'sh4':
    case 'sh4eb':
      return { ...PLAIN, pciRoot: 'pci-root' };
    case 'mips':
    case 'mipsel':
    case 'mips64':
    case 'mips64el':
      return { ...PLAIN, pciRoot: isMipsMalta(def) ? 'pci-root' : undefined };
    case 's390':
    case 's390x':
      return { ...PLAIN, usb: undefined, panic: true, pciRoot: caps?.has('zpci') === true ? 'pci-root' : undefined };
    case 'sparc':
      return { ...PLAIN, usb: undefined, balloon: false };
    case 'sparc64':
      return { ...PLAIN, usb: 'default', pciRoot: 'pci-root' };
    case 'riscv32':
    case 'riscv64':
      return {
        ...PLAIN,
        usb: undefined,
        pciRoot: isRiscvVirt(def) && caps?.has('gpex-pcihost') === true ? 'pcie-root' : undefined,
      };
    default:
      return PLAIN;
  }
}

function x86Fixtures(def: DomainDef, caps: QemuCaps | undefined): Fixtures {
  if (isMicrovm(def)) return { ...PLAIN, usb: undefined, balloon: false };
  if (def.os.type.machine === 'isapc') return { ...PLAIN, usb: undefined };
  if (isQ35(def)) {
    const usb = ['qemu-xhci', 'nec-usb-xhci', 'ich9-usb-ehci1'] as const;
    const best = usb.find((flag) => caps?.has(flag) === true);
    const model = best === 'nec-usb-xhci' ? 'nec-xhci' : best === 'ich9-usb-ehci1' ? 'ich9-ehci1' : best;
    return { ...PLAIN, pciRoot: 'pcie-root', sata: true, usb: model };
  }
  return { ...PLAIN, pciRoot: isI440fx(def) ? 'pci-root' : undefined };
}

function armRoot(def: DomainDef, caps: QemuCaps | undefined): Fixtures['pciRoot'] {
  if (def.os.type.arch === 'armv6l') return def.os.type.machine === 'versatilepb' ? 'pci-root' : undefined;
  return isArmVirt(def) && caps?.has('gpex-pcihost') === true ? 'pcie-root' : undefined;
}

/** qemuDomainDefAddDefaultDevices */
export function addDefaultDevices(def: DomainDef, caps: QemuCaps | undefined): void {
  const { devices } = def;
  const fixtures = fixturesOf(def, caps);
  if (fixtures.usb !== undefined && !devices.controller.some(({ type, index }) => type === 'usb' && index === 0))
    addUsb(def, fixtures.usb);
  if (fixtures.sata) maybeAddController(def, 'sata', 0);
  if (fixtures.pciRoot !== undefined) addRoot(def, fixtures.pciRoot);
  if (fixtures.balloon) devices.memballoon ??= { model: 'virtio' };
  if (isX86(def)) {
    addInput(def, 'mouse', 'ps2');
    addInput(def, 'keyboard', 'ps2');
  }
  if (fixtures.usbInput && devices.graphics.length > 0) {
    addInput(def, 'keyboard', 'usb');
    addInput(def, 'mouse', 'usb');
  }
  if (fixtures.panic) addPanic(def, isPSeries(def) ? 'pseries' : 's390');
}

function addUsb(def: DomainDef, model: NonNullable<Fixtures['usb']>): void {
  if (model !== 'ich9-ehci1') {
    addController(def, 'usb', 0, model === 'default' ? undefined : model);
    return;
  }
  // A USB2 controller is nothing for slow devices without its companions.
  addController(def, 'usb', 0, model);
  for (const [i, companion] of (['ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'] as const).entries())
    addController(def, 'usb', 0, companion).master = { startport: i * 2 };
}

function addRoot(def: DomainDef, model: 'pci-root' | 'pcie-root'): void {
  const first = def.devices.controller.find(({ type, index }) => type === 'pci' && index === 0);
  if (first === undefined) addController(def, 'pci', 0, model);
  else if (first.type === 'pci' && first.model !== model)
    throw new LibvirtError(
      ErrorCode.XML_ERROR,
      ErrorDomain.QEMU,
      `The PCI controller with index='0' must be model='${model}' for this machine type, but model='${first.model ?? ''}' was found instead`,
    );
}

function addInput(def: DomainDef, type: 'mouse' | 'keyboard', bus: 'ps2' | 'usb'): void {
  if (!def.devices.input.some((input) => input.type === type && input.bus === bus))
    def.devices.input.push({ type, bus });
}

function addPanic(def: DomainDef, model: 'pseries' | 's390'): void {
  const { panic } = def.devices;
  if (!panic.some((device) => device.model === undefined || device.model === model)) panic.push({ model });
}

/** qemuDomainDefAddDefaultAudioBackend: sound goes where the first display is. */
export function addDefaultAudio(def: DomainDef): void {
  const { audio, graphics } = def.devices;
  if (audio.length > 0) return;
  const type = defaultAudio(graphics);
  if (type !== undefined) audio.push({ id: 1, type });
}

/** The last display that has something to say of sound decides; SDL leaves it to the host. */
export function defaultAudio(graphics: readonly GraphicsDef[]): 'none' | 'spice' | undefined {
  let type: 'none' | 'spice' | undefined = graphics.length === 0 ? 'none' : undefined;
  for (const display of graphics) {
    if (display.type === 'vnc') type = 'none';
    else if (display.type === 'spice') type = 'spice';
    else if (display.type === 'sdl') type = undefined;
  }
  return type;
}
