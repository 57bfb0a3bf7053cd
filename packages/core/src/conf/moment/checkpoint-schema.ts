import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { childOf, type XmlNode } from '../xml/index.js';

const ELEMENTS = new Set(['name', 'description', 'parent', 'creationTime', 'disks', 'domain']);
const DISK_ATTRIBUTES = new Set(['name', 'checkpoint', 'bitmap', 'size']);
const NAME = /^[^/\n]*$/;
const DISK_NAME = /^(?:ioemu:)?(?:fd|hd|sd|vd|xvd|ubd)[a-zA-Z0-9_]+$|^\/.+$/;

/** What the schema says of everything but the domain within; XML_INVALID_SCHEMA names line and reason. */
export function checkCheckpointSchema(node: XmlNode): void {
  const refuse = (what: string, { line }: XmlNode): never => {
    throw new LibvirtError(
      ErrorCode.XML_INVALID_SCHEMA,
      ErrorDomain.XML,
      `checkpoint description, line ${line}: ${what}`,
    );
  };
  const seen = new Set<string>();
  for (const child of node.children) {
    if (!ELEMENTS.has(child.name)) refuse(`unknown element <${child.name}> in <domaincheckpoint>`, child);
    if (seen.has(child.name)) refuse(`<${child.name}> is given twice`, child);
    seen.add(child.name);
  }
  const name = childOf(node, 'name');
  if (name !== undefined && !NAME.test(name.text)) refuse(`'${name.text}' is no name: it may not hold '/'`, name);
  for (const disk of childOf(node, 'disks')?.children ?? []) {
    if (disk.name !== 'disk') refuse(`unknown element <${disk.name}> in <disks>`, disk);
    for (const key of Object.keys(disk.attrs))
      if (!DISK_ATTRIBUTES.has(key)) refuse(`unknown attribute '${key}' of <disk>`, disk);
    const { name: target = '', checkpoint } = disk.attrs;
    if (!DISK_NAME.test(target)) refuse(`'${target}' cannot name a disk`, disk);
    if (checkpoint !== undefined && checkpoint !== 'no' && checkpoint !== 'bitmap')
      refuse(`'${checkpoint}' is no kind of checkpoint: 'no' and 'bitmap' are`, disk);
  }
}
