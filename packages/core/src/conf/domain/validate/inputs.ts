import { internal, unsupported, wrong } from '../common/problems.js';
import type { InputDef } from '../devices/input.js';
import type { DomainDef } from '../domain-def.js';
import { guestKind } from '../post-parse/os.js';

/** virDomainInputDefValidate: what there is on each bus, by the kind of guest, and what a device of the host needs. */
export function checkInput(input: InputDef, def: DomainDef): void {
  const { type: virtType } = def;
  const guest = guestKind(def);
  const { type, bus = 'none', model, source, address } = input;
  if (bus === 'usb' && address !== undefined && address.type !== 'usb') throw wrong('Invalid address for a USB device');
  if (guest === 'hvm') checkMachineBus(type, bus);
  else if (guest === 'xen' || guest === 'xenpvh') checkOnlyBus('xen', '', input);
  else if (virtType === 'vz' || virtType === 'parallels')
    checkOnlyBus('parallels', "parallels containers don't support input bus ", input);
  else throw internal('Input devices are not supported by this virtualization driver.');
  if (type === 'passthrough' && bus !== 'virtio')
    throw unsupported("only bus 'virtio' is supported for 'passthrough' input devices");
  if (type === 'evdev' && bus !== 'none') throw unsupported("input evdev doesn't support bus element");
  if (model !== undefined && bus !== 'virtio')
    throw unsupported(`only bus 'virtio' is supported for input model '${model}'`);
  if (
    (type === 'passthrough' || type === 'evdev') &&
    source !== undefined &&
    (source.evdev ?? source.dev) === undefined
  )
    throw wrong('Missing evdev path for input device');
}

const isPointerOrKeys = (type: InputDef['type']): boolean => type === 'mouse' || type === 'keyboard';

function checkMachineBus(type: InputDef['type'], bus: string): void {
  if (bus === 'ps2' && !isPointerOrKeys(type)) throw internal(`ps2 bus does not support ${type} input device`);
  if (bus === 'xen') throw internal('unsupported input bus xen');
}

/** Guests whose input devices are all of one bus: a mouse and a keyboard. */
function checkOnlyBus(only: string, complaint: string, { type, bus = 'none' }: InputDef): void {
  if (bus !== only) throw internal(`${complaint || 'unsupported input bus '}${bus}`);
  if (!isPointerOrKeys(type)) throw internal(`${only} bus does not support ${type} input device`);
}
