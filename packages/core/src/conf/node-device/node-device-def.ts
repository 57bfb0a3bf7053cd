import { ErrorDomain, LibvirtError, ErrorCode } from '../../util/index.js';
import { textOf } from '../common/index.js';
import {
  attr,
  child,
  type ConfContext,
  confContext,
  elementOf,
  escapeXml,
  formatDocument,
  indentOf,
  leaf,
  list,
  oneOf,
  optList,
  optText,
  parseDocument,
  part,
  reqCustom,
  req,
  str,
  text,
} from '../xml/index.js';
import { nodeDeviceCapability } from './capabilities.js';
import type { NodeDeviceCapability } from './capability-types.js';
import { deviceError } from './problems.js';

/** `<parent>`: the parent's name, or what tells it from others. */
export interface NodeDeviceParent {
  name?: string;
  wwnn?: string;
  wwpn?: string;
  fabric_wwn?: string;
}

/** virNodeDeviceDef */
export interface NodeDeviceDef {
  name: string;
  path?: string;
  devnode?: { type: 'dev' | 'link'; path: string }[];
  parent?: NodeDeviceParent;
  driver?: { name?: string };
  capability: NodeDeviceCapability[];
}

/** What a codec run for node devices needs to know. */
export interface NodeDeviceContext extends ConfContext {
  /** The device is to be made: it has no name yet. */
  readonly create?: boolean;
}

/** What a device that is to be made is called until it is there. */
export const NEW_DEVICE = 'new device';

/** What tells a host bus adapter apart is only whole with both its names. */
function checkParent({ wwnn, wwpn }: NodeDeviceParent): void {
  const missing = (given: string, value: string, other: string): LibvirtError =>
    new LibvirtError(
      ErrorCode.XML_ERROR,
      ErrorDomain.NODEDEV,
      `when providing parent ${given}='${value}', the ${other} must also be provided`,
    );
  if (wwnn && !wwpn) throw missing('wwnn', wwnn, 'wwpn');
  if (wwpn && !wwnn) throw missing('wwpn', wwpn, 'wwnn');
}

export const nodeDevice = elementOf<NodeDeviceDef>(
  'device',
  {
    name: reqCustom<string>({
      reason: 'a device that is to be made has none yet',
      covers: { elements: ['name'] },
      decode(node, context) {
        if ((context as NodeDeviceContext).create === true) return NEW_DEVICE;
        const name = textOf(node, 'name');
        if (name === undefined && context.verbatim === true) return undefined as never;
        if (name === undefined) throw new LibvirtError(ErrorCode.NO_NAME, ErrorDomain.NODEDEV);
        return name;
      },
      body: (name, depth) => `${indentOf(depth)}<name>${escapeXml(name)}</name>\n`,
    }),
    path: leaf(str),
    devnode: optList(part('devnode', { type: req(oneOf('dev', 'link')), path: text(str) })),
    parent: child(
      elementOf<NodeDeviceParent>(
        'parent',
        {
          wwnn: attr(str),
          wwpn: attr(str),
          fabric_wwn: attr(str),
          name: optText(str),
        },
        { after: checkParent },
      ),
      { emptyIsAbsent: true },
    ),
    driver: child(part('driver', { name: leaf(str) }, { omitEmpty: true })),
    capability: list(nodeDeviceCapability),
  },
  {
    after(model) {
      if (model.capability.length === 0) throw deviceError(`no device capabilities for '${model.name}'`);
    },
  },
);

/** virNodeDeviceDefParse */
export const parseNodeDevice = (source: string, context: NodeDeviceContext = confContext()): NodeDeviceDef =>
  parseDocument(nodeDevice, source, context);

/** virNodeDeviceDefFormat */
export const formatNodeDevice = (def: NodeDeviceDef, context: ConfContext = confContext()): string =>
  formatDocument(nodeDevice, def, context);
