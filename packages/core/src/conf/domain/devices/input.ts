import {
  attr,
  child,
  type ElementCodec,
  elementOf,
  isShown,
  oneOf,
  onOff,
  part,
  req,
  str,
  visibilityBits,
  type XmlNode,
} from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { virtioDriver, type VirtioOptions } from '../common/virtio-options.js';
import { internal, refusedAs } from '../common/problems.js';

export const INPUT_TYPES = ['mouse', 'tablet', 'keyboard', 'passthrough', 'evdev'] as const;
export const INPUT_BUSES = ['ps2', 'usb', 'xen', 'parallels', 'virtio', 'none'] as const;

/** virDomainInputDef */
export interface InputDef extends DeviceInfo {
  type: (typeof INPUT_TYPES)[number];
  bus?: (typeof INPUT_BUSES)[number];
  model?: 'virtio' | 'virtio-transitional' | 'virtio-non-transitional';
  driver?: VirtioOptions;
  source?: {
    evdev?: string;
    dev?: string;
    grab?: 'all';
    grabToggle?: 'ctrl-ctrl' | 'alt-alt' | 'shift-shift' | 'meta-meta' | 'scrolllock' | 'ctrl-scrolllock';
    repeat?: boolean;
  };
}

const UNMIGRATABLE = visibilityBits(['unmigratable']);

/** Older hosts add this keyboard by themselves, and would have two. */
const isImplicitKeyboard = ({ type, bus }: InputDef): boolean =>
  type === 'keyboard' && (bus === 'ps2' || bus === 'xen');

export const input: ElementCodec<InputDef> = elementOf<InputDef>(
  'input',
  {
    type: req(oneOf(...INPUT_TYPES), {
      ...refusedAs('unknown input device type'),
      missing: () => internal('missing input device type'),
    }),
    bus: attr(oneOf(...INPUT_BUSES), refusedAs('unknown input bus type')),
    model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional'), refusedAs('unknown input model')),
    driver: child(virtioDriver),
    source: child(
      part('source', {
        evdev: attr(str),
        dev: attr(str),
        grab: attr(oneOf('all')),
        grabToggle: attr(oneOf('ctrl-ctrl', 'alt-alt', 'shift-shift', 'meta-meta', 'scrolllock', 'ctrl-scrolllock')),
        repeat: attr(onOff),
      }),
    ),
    ...deviceInfo,
  },
  {
    prepare: withOwnSource,
    before(model, context) {
      if (isImplicitKeyboard(model) && !isShown(context, UNMIGRATABLE)) return undefined;
      if (model.bus !== 'none') return model;
      const { bus: _bus, ...rest } = model;
      return rest;
    },
  },
);

const EVDEV_SETTINGS = new Set(['grab', 'grabToggle', 'repeat']);

/** Only devices of the host have a source, and only one of their kinds has settings. */
function withOwnSource(node: XmlNode): XmlNode {
  const { type } = node.attrs;
  if (type === 'evdev' || node.children.every(({ name }) => name !== 'source')) return node;
  if (type !== 'passthrough') return { ...node, children: node.children.filter(({ name }) => name !== 'source') };
  const children = node.children.map((child) =>
    child.name === 'source'
      ? { ...child, attrs: Object.fromEntries(Object.entries(child.attrs).filter(([key]) => !EVDEV_SETTINGS.has(key))) }
      : child,
  );
  return { ...node, children };
}
