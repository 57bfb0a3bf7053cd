import { type LibvirtError, parseUuid } from '../../util/index.js';
import { orEmpty } from '../common/index.js';
import {
  attr,
  attrOr,
  child,
  elementOf,
  type Field,
  indentOf,
  leaf,
  oneOf,
  optList,
  part,
  refined,
  req,
  reqChild,
  reqCustom,
  reqLeaf,
  str,
  uint,
  variants,
} from '../xml/index.js';
import type {
  MdevParent,
  NodeDeviceCapability,
  ScsiHostAbility,
  ScsiTargetAbility,
  StorageAbility,
  SystemCapability,
} from './capability-types.js';
import { mdevTypes, namedId, pciFields, sortAbilities } from './pci.js';
import { decimal, deviceError, deviceUnsupported, hexNumber, needed, neededText, optional } from './problems.js';

const unsupported =
  (detail: string): (() => LibvirtError) =>
  () =>
    deviceUnsupported(detail);

const noUuid = (): LibvirtError => deviceError('no system UUID supplied');

const hardware = elementOf<SystemCapability['hardware']>('hardware', {
  vendor: leaf(str),
  version: leaf(str),
  serial: leaf(str),
  uuid: reqLeaf(refined(str, parseUuid), {
    missing: noUuid,
    invalid: (value) => (value === '' ? noUuid() : deviceError('malformed uuid element')),
  }),
});

const media = {
  media_available: needed('media_available', 'media available value'),
  media_size: needed('media_size', 'removable media size'),
  media_label: leaf(str),
  logical_block_size: leaf(decimal),
  num_blocks: leaf(decimal),
};

/** A number in hexadecimal that must be there. */
const hexPart = (name: string, digits: number): Field<number, false> =>
  reqLeaf(hexNumber(digits), {
    name,
    missing: unsupported(`missing ${name} value`),
    invalid: (value) => deviceUnsupported(`invalid ${name} value '${value}'`),
  });

const channel = { cssid: hexPart('cssid', 1), ssid: hexPart('ssid', 1), devno: hexPart('devno', 4) };

const unknownKind = (what: string) => ({
  invalid: (value: string) => deviceError(`unknown ${what} capability type '${value}'`),
});

/** How many virtual ports there are is found out from the host. */
const counted = (name: string): Field<number, false> =>
  reqCustom<number>({
    reason: 'found out at run time, never read',
    covers: { elements: [name] },
    decode: () => 0,
    body: (value, depth) => `${indentOf(depth)}<${name}>${value}</${name}>\n`,
  });

const mdevParent = {
  capability: optList(
    elementOf<MdevParent>('capability', variants('type', { mdev_types: { types: mdevTypes } }, unknownKind('device'))),
  ),
};

/** `<capability>` of a device. */
export const nodeDeviceCapability = elementOf<NodeDeviceCapability>(
  'capability',
  variants('type', {
    system: {
      product: leaf(str),
      hardware: reqChild(hardware, { missing: noUuid }),
      firmware: child(
        part('firmware', { vendor: leaf(str), version: leaf(str), release_date: leaf(str) }, { keepOpen: true }),
      ),
    },
    pci: pciFields,
    usb_device: {
      bus: needed('bus', 'USB bus number'),
      device: needed('device', 'USB device number'),
      product: namedId('product', 'USB product ID'),
      vendor: namedId('vendor', 'USB vendor ID'),
    },
    usb: {
      number: needed('number', 'USB interface number'),
      class: needed('class', 'USB interface class'),
      subclass: needed('subclass', 'USB interface subclass'),
      protocol: needed('protocol', 'USB interface protocol'),
      description: leaf(str),
    },
    net: {
      interface: neededText('interface', 'network interface'),
      address: leaf(str),
      link: child(
        part(
          'link',
          {
            speed: attr(uint),
            state: attr(oneOf('unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up')),
          },
          { omitEmpty: true },
        ),
      ),
      feature: optList(part('feature', { name: req(str) })),
      capability: optList(
        elementOf<{ type: '80203' } | { type: '80211' }>(
          'capability',
          variants('type', { '80203': {}, '80211': {} }, unknownKind('network type')),
        ),
      ),
    },
    scsi_host: {
      host: leaf(decimal),
      unique_id: leaf(decimal),
      capability: optList(
        elementOf<ScsiHostAbility>(
          'capability',
          variants(
            'type',
            {
              fc_host: { wwnn: leaf(str), wwpn: leaf(str), fabric_wwn: leaf(str) },
              vport_ops: { max_vports: counted('max_vports'), vports: counted('vports') },
            },
            unknownKind('SCSI host'),
          ),
        ),
      ),
    },
    scsi_target: {
      target: neededText('target', 'target name'),
      capability: optList(
        elementOf<ScsiTargetAbility>(
          'capability',
          variants(
            'type',
            {
              fc_remote_port: {
                rport: neededText('rport', 'rport name'),
                wwpn: neededText('wwpn', 'wwpn identifier'),
              },
            },
            unknownKind('SCSI target'),
          ),
        ),
      ),
    },
    scsi: {
      host: needed('host', 'SCSI host ID'),
      bus: needed('bus', 'SCSI bus ID'),
      target: needed('target', 'SCSI target ID'),
      lun: needed('lun', 'SCSI LUN ID'),
      scsiType: leaf(str, { name: 'type' }),
    },
    storage: {
      block: neededText('block', 'block device path'),
      bus: leaf(str),
      drive_type: leaf(str),
      model: leaf(str),
      vendor: leaf(str),
      serial: leaf(str),
      capability: optList(
        elementOf<StorageAbility>(
          'capability',
          variants('type', { removable: media, hotpluggable: {} }, unknownKind('storage')),
        ),
      ),
      size: optional('size', 'storage device size'),
      logical_block_size: optional('logical_block_size', 'logical block size'),
      num_blocks: optional('num_blocks', 'number of blocks'),
    },
    scsi_generic: { char: neededText('char', 'character device') },
    drm: {
      kind: reqLeaf(oneOf('primary', 'control', 'render'), {
        name: 'type',
        missing: unsupported("unknown drm type '(null)'"),
        invalid: (value) => deviceUnsupported(`unknown drm type '${value}'`),
      }),
    },
    mdev: {
      mdevType: reqChild(part('type', { id: req(str, { missing: unsupported('missing type id attribute') }) }), {
        name: 'type',
        missing: unsupported('missing type id attribute'),
      }),
      uuid: leaf(refined(str, parseUuid), { invalid: () => deviceError("Malformed mdev's UUID") }),
      parent_addr: leaf(str),
      iommuGroup: orEmpty(part('iommuGroup', { number: attrOr(uint, 0) })),
      attr: optList(part('attr', { name: req(str), value: req(str) })),
    },
    ccw: channel,
    css: {
      ...channel,
      channel_dev_addr: child(part('channel_dev_addr', channel)),
      ...mdevParent,
    },
    vdpa: { chardev: neededText('chardev', 'character device') },
    ap_card: { 'ap-adapter': hexPart('ap-adapter', 2) },
    ap_queue: { 'ap-adapter': hexPart('ap-adapter', 2), 'ap-domain': hexPart('ap-domain', 4) },
    ap_matrix: mdevParent,
  }),
  {
    keepOpen: true,
    after(model) {
      if (model.type === 'pci') sortAbilities(model);
      // Written even where nothing is known of it.
      if (model.type === 'system') model.firmware ??= {};
    },
  },
);
