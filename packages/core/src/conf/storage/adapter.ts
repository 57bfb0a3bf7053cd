import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { attr, child, elementOf, hex, oneOf, part, str, uint, yesNo } from '../xml/index.js';
import { storageError } from './problems.js';

/** virStorageAdapter */
export interface StorageAdapter {
  type?: 'scsi_host' | 'fc_host';
  name?: string;
  parent?: string;
  parent_wwnn?: string;
  parent_wwpn?: string;
  parent_fabric_wwn?: string;
  managed?: boolean;
  wwnn?: string;
  wwpn?: string;
  parentaddr?: {
    unique_id?: number;
    address?: { domain?: number; bus?: number; slot?: number; function?: number };
  };
}

const uniqueId = (): LibvirtError => storageError("Missing or invalid scsi adapter 'unique_id' value");

/** `<adapter>` of a SCSI pool */
export const storageAdapter = elementOf<StorageAdapter>(
  'adapter',
  {
    type: attr(oneOf('scsi_host', 'fc_host')),
    name: attr(str),
    parent: attr(str),
    parent_wwnn: attr(str),
    parent_wwpn: attr(str),
    parent_fabric_wwn: attr(str),
    // Read of the type that has it only: see checkFcHost.
    managed: attr(yesNo, { lenient: true }),
    wwnn: attr(str),
    wwpn: attr(str),
    parentaddr: child(
      part('parentaddr', {
        unique_id: attr(uint, { invalid: uniqueId }),
        address: child(
          part('address', { domain: attr(hex(4)), bus: attr(hex(2)), slot: attr(hex(2)), function: attr(hex(1)) }),
        ),
      }),
    ),
  },
  {
    before(model) {
      const { type, name, parentaddr } = model;
      if (type !== 'scsi_host') return model;
      return parentaddr === undefined ? { type, ...(name !== undefined && { name }) } : { type, parentaddr };
    },
  },
);

/** virStorageAdapterParseXML and virStorageAdapterValidate. Fills in what follows from the rest. */
export function checkAdapter(adapter: StorageAdapter | undefined): void {
  if (adapter === undefined) throw storageError('missing storage pool source adapter');
  if (adapter.type === undefined) {
    const { wwnn, wwpn, parent, name } = adapter;
    if (wwnn ?? wwpn ?? parent)
      throw storageError("Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'");
    if (name === undefined) throw storageError('missing storage pool source adapter');
    adapter.type = 'scsi_host';
  }
  if (adapter.type === 'scsi_host') checkScsiHost(adapter);
  else checkFcHost(adapter);
}

function checkScsiHost({ name, parentaddr }: StorageAdapter): void {
  if (parentaddr === undefined) {
    if (name === undefined)
      throw storageError("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter");
    return;
  }
  if (name !== undefined)
    throw storageError("Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter");
  if (parentaddr.address === undefined) throw storageError('Missing scsi_host PCI address element');
  if (parentaddr.unique_id === undefined) throw uniqueId();
  parentaddr.address = { domain: 0, bus: 0, slot: 0, function: 0, ...parentaddr.address };
}

function checkFcHost(adapter: StorageAdapter): void {
  const { wwnn, wwpn, parent_wwnn, parent_wwpn, parent_fabric_wwn } = adapter;
  if (wwnn === undefined || wwpn === undefined)
    throw storageError("'wwnn' and 'wwpn' must be specified for adapter type 'fchost'");
  if (parent_wwnn !== undefined && parent_wwpn === undefined)
    throw storageError(`when providing parent_wwnn='${parent_wwnn}', the parent_wwpn must also be provided`);
  if (parent_wwpn !== undefined && parent_wwnn === undefined)
    throw storageError(`when providing parent_wwpn='${parent_wwpn}', the parent_wwnn must also be provided`);
  delete adapter.name;
  for (const wwn of [wwnn, wwpn, parent_wwnn, parent_wwpn, parent_fabric_wwn])
    if (wwn !== undefined && !/^[0-9a-fA-F]{16}$/.test(wwn))
      throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.NONE, `Malformed wwn: ${wwn}`);
}
