import { ErrorCode, ErrorDomain, LibvirtError, parseUuid } from '../../util/index.js';
import { emptyIs, orEmpty, textOf } from '../common/index.js';
import {
  attr,
  attrOr,
  child,
  type ConfContext,
  custom,
  elementOf,
  filtered,
  type Field,
  indentOf,
  leaf,
  nonEmpty,
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
  xmlError,
} from '../xml/index.js';
import type {
  MdevParent,
  NodeDeviceCapability,
  ScsiHostAbility,
  ScsiTargetAbility,
  StorageAbility,
  StorageCapability,
  SystemCapability,
} from './capability-types.js';
import { mdevTypes, namedId, noAbilityType, pciFields, sortAbilities } from './pci.js';
import {
  decimal,
  decimalLong,
  deviceError,
  deviceUnsupported,
  hexNumber,
  needed,
  neededText,
  optional,
} from './problems.js';

const unsupported =
  (detail: string): (() => LibvirtError) =>
  () =>
    deviceUnsupported(detail);

const noTypeId = unsupported('missing type id attribute');
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
  // Nothing but 1 says that there is one.
  media_available: reqCustom<number>({
    reason: 'whatever is not 1, or nothing, means 0',
    covers: { elements: ['media_available'] },
    decode: (node) => (decimalLong.parse(textOf(node, 'media_available') ?? '') === 1 ? 1 : 0),
    body: (value, depth) => `${indentOf(depth)}<media_available>${value}</media_available>\n`,
  }),
  media_size: needed('media_size', 'removable media size', decimalLong),
  media_label: leaf(str),
  logical_block_size: leaf(decimalLong),
  num_blocks: leaf(decimalLong),
};

/** A number in hexadecimal that must be there. */
const hexPart = (name: string, digits: number): Field<number, false> =>
  reqLeaf(hexNumber(digits), {
    name,
    missing: unsupported(`missing ${name} value`),
    invalid: (value) => deviceUnsupported(`invalid ${name} value '${value}'`),
  });

const channel = { cssid: hexPart('cssid', 1), ssid: hexPart('ssid', 1), devno: hexPart('devno', 4) };

/** What abilities of a kind of device may be missing, or be something unknown. */
const kinds = (what: string) => ({
  missing: () => deviceError(`missing ${what} capability type`),
  invalid: (value: string) => deviceError(`unknown ${what} capability type '${value}'`),
});

/** virNetDevFeature */
const FEATURES = [
  'rx',
  'tx',
  'sg',
  'tso',
  'gso',
  'gro',
  'lro',
  'rxvlan',
  'txvlan',
  'ntuple',
  'rxhash',
  'rdma',
  'txudptnl',
  'switchdev',
] as const;

const xmlProblem = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NODEDEV, detail);

/** A number that a device which is to be made has not got yet. */
const numbered = (name: string, what: string, required: boolean): Field<number, true> =>
  custom<number>({
    reason: 'not read of a device that is to be made',
    covers: { elements: [name] },
    decode(node, context) {
      if ((context as ConfContext & { readonly create?: boolean }).create === true) return undefined;
      const text = textOf(node, name);
      if (text === undefined && (!required || context.verbatim === true)) return undefined;
      if (text === undefined) throw deviceError(`no ${what} supplied`);
      const value = decimal.parse(text);
      if (value === undefined) throw deviceError(`invalid ${what} supplied`);
      return value;
    },
    body: (value, depth) => `${indentOf(depth)}<${name}>${value}</${name}>\n`,
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
  capability: filtered(
    optList(
      elementOf<MdevParent>(
        'capability',
        variants('type', { mdev_types: { types: mdevTypes } }, { missing: noAbilityType }),
      ),
    ),
    ({ attrs }) => attrs.type === undefined || attrs.type === 'mdev_types',
  ),
};

const isRemovable = ({ capability }: StorageCapability): boolean =>
  capability?.some(({ type }) => type === 'removable') === true;

/** What other capabilities have within; a device is none of them. */
const INNER: readonly string[] = ['fc_host', 'vports', 'mdev_types', 'vpd'];

const unknownCapability = (type: string): LibvirtError =>
  INNER.includes(type)
    ? deviceError(`unknown capability type '${type}'`)
    : xmlError(`Invalid value for attribute 'type' in element 'capability': '${type}'.`);

/** `<capability>` of a device. */
export const nodeDeviceCapability = elementOf<NodeDeviceCapability>(
  'capability',
  variants(
    'type',
    {
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
        feature: optList(
          part('feature', {
            name: req(oneOf(...FEATURES), {
              missing: () => xmlProblem("unknown network device feature ''"),
              invalid: (value) => xmlProblem(`unknown network device feature '${value}'`),
            }),
          }),
        ),
        capability: filtered(
          optList(
            elementOf<{ type: '80203' } | { type: '80211' }>(
              'capability',
              variants(
                'type',
                { '80203': {}, '80211': {} },
                { invalid: () => deviceUnsupported('invalid network type supplied') },
              ),
            ),
          ),
          ({ attrs }) => !!attrs.type,
        ),
      },
      scsi_host: {
        host: numbered('host', 'SCSI host ID', true),
        unique_id: numbered('unique_id', 'unique_id', false),
        capability: optList(
          elementOf<ScsiHostAbility>(
            'capability',
            variants(
              'type',
              {
                fc_host: { wwnn: leaf(str), wwpn: leaf(str), fabric_wwn: leaf(str) },
                vport_ops: { max_vports: counted('max_vports'), vports: counted('vports') },
              },
              kinds('SCSI host'),
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
              kinds('SCSI target'),
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
            variants('type', { removable: media, hotpluggable: {} }, kinds('storage')),
          ),
        ),
        size: optional('size', 'storage device size', decimalLong),
        logical_block_size: optional('logical_block_size', 'logical block size', decimalLong),
        num_blocks: optional('num_blocks', 'number of blocks', decimalLong),
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
        mdevType: reqChild(part('type', { id: req(nonEmpty, { missing: noTypeId, invalid: noTypeId }) }), {
          name: 'type',
          missing: noTypeId,
        }),
        uuid: leaf(refined(str, parseUuid), { invalid: () => deviceError("Malformed mdev's UUID") }),
        parent_addr: leaf(str),
        iommuGroup: orEmpty(
          part('iommuGroup', {
            number: attrOr(emptyIs(uint, 0), 0, { invalid: () => deviceError('invalid iommuGroup number attribute') }),
          }),
        ),
        // One without a name or a value says nothing.
        attr: filtered(
          optList(part('attr', { name: req(str), value: req(str) })),
          ({ attrs }) => !!attrs.name && !!attrs.value,
        ),
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
    },
    { invalid: unknownCapability },
  ),
  {
    keepOpen: true,
    after(model, _node, context) {
      if (model.type === 'pci') sortAbilities(model);
      if (model.type === 'storage' && model.size === undefined && !isRemovable(model)) {
        if (context.verbatim !== true) throw deviceError('no size supplied');
      }
      // Written even where nothing is known of it.
      if (model.type === 'system') model.firmware ??= {};
    },
  },
);
