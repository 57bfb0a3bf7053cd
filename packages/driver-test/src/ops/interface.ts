import { formatInterface, hostInterface, parseInterface } from '@virtkit/core/conf';
import { type InterfaceDriver, type InterfaceRef, traitFilter } from '@virtkit/core/driver';
import {
  ConnectListAllInterfacesFlags,
  ErrorCode,
  ErrorDomain,
  InterfaceDefineFlags,
  LibvirtError,
} from '@virtkit/core/util';
import { checked } from '../conf/schema.js';
import { noInterface, operationInvalid } from '../errors.js';
import type { InterfaceObject } from '../state/interface-list.js';
import type { TestNode } from '../state/test-node.js';

const { ACTIVE, INACTIVE } = ConnectListAllInterfacesFlags;

/** Interfaces of the host. */
export function interfaceOps({ interfaces }: TestNode) {
  function find(name: string): InterfaceObject {
    const object = interfaces.get(name);
    if (object === undefined) throw noInterface(`no interface with matching name '${name}'`);
    return object;
  }

  function setActive({ name }: InterfaceRef, active: boolean): void {
    const object = find(name);
    if (object.active === active) throw operationInvalid(`interface '${name}' is ${active ? 'already' : 'not'} active`);
    object.active = active;
  }

  return {
    connectListAllInterfaces(flags: number): InterfaceRef[] {
      const matches = traitFilter<InterfaceObject>(flags, [[ACTIVE, INACTIVE, ({ active }) => active]]);
      return Array.from(interfaces).flatMap((object) => (matches(object) ? [object.ref] : []));
    },

    interfaceLookupByName: (name: string) => find(name).ref,
    interfaceLookupByMACString(mac: string): InterfaceRef {
      const wanted = mac.toLowerCase();
      const found = Array.from(interfaces).filter(({ ref }) => ref.mac.toLowerCase() === wanted);
      if (found.length > 1) throw new LibvirtError(ErrorCode.MULTIPLE_INTERFACES, ErrorDomain.TEST);
      const [only] = found;
      if (only === undefined) throw noInterface(`no interface with matching mac '${mac}'`);
      return only.ref;
    },

    interfaceGetXMLDesc: ({ name }: InterfaceRef, flags: number) => formatInterface(find(name).def),
    interfaceDefineXML(xml: string, flags: number): InterfaceRef | Promise<InterfaceRef> {
      return checked('interface', hostInterface, xml, (flags & InterfaceDefineFlags.VALIDATE) !== 0, () => {
        return interfaces.define(parseInterface(xml)).ref;
      });
    },
    interfaceUndefine({ name }: InterfaceRef): void {
      find(name);
      interfaces.delete(name);
    },
    interfaceCreate: (ref: InterfaceRef, flags: number) => setActive(ref, true),
    interfaceDestroy: (ref: InterfaceRef, flags: number) => setActive(ref, false),
    interfaceIsActive: ({ name }: InterfaceRef) => find(name).active,

    interfaceChangeBegin(flags: number): void {
      if (interfaces.inTransaction) throw operationInvalid('there is another transaction running.');
      interfaces.begin();
    },
    interfaceChangeCommit(flags: number): void {
      if (!interfaces.inTransaction) throw operationInvalid('no transaction running, nothing to be committed.');
      interfaces.commit();
    },
    interfaceChangeRollback(flags: number): void {
      if (!interfaces.inTransaction) throw operationInvalid('no transaction running, nothing to rollback.');
      interfaces.rollback();
    },
  } satisfies InterfaceDriver;
}
