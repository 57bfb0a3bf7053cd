import { formatInterface } from '@virtkit/core/conf';
import {
  type ConnectionFactory,
  type ConnectionUri,
  type DriverConnection,
  HOST_FS,
  type HostFs,
  inject,
  injectable,
  type InterfaceDriver,
  type InterfaceRef,
  scopeOfUri,
  traitFilter,
  withFlagChecks,
} from '@virtkit/core/driver';
import { ConnectListAllInterfacesFlags as List, ErrorDomain } from '@virtkit/core/util';
import { describeInterface } from './describe-interface.js';
import { HostInterfaces, type Outline } from './host-interfaces.js';
import { multipleInterfaces, noInterface } from './interface-errors.js';

/** Opens interface:///system, interface:///session and interface:///embed?root=DIR: the host is the same for all. */
@injectable()
export class InterfaceConnectionFactory implements ConnectionFactory {
  constructor(@inject(HOST_FS) private readonly hostFs: HostFs) {}

  connectOpen(uri: ConnectionUri): DriverConnection {
    scopeOfUri(uri, ErrorDomain.INTERFACE);
    return {
      interface: withFlagChecks(interfaceTable(new HostInterfaces(this.hostFs)), ACCEPTED, ErrorDomain.INTERFACE),
    };
  }
}

const ACCEPTED = {
  connectListAllInterfaces: List.INACTIVE | List.ACTIVE,
  interfaceGetXMLDesc: 0x1,
};

const refOf = ({ name, mac }: Outline): InterfaceRef => ({ name, mac });

/** libvirt's udev backend: it looks, and changes nothing. */
function interfaceTable(host: HostInterfaces): InterfaceDriver {
  const named = async (name: string): Promise<Outline> => {
    if (!(await host.exists(name))) throw noInterface(`couldn't find interface named '${name}'`);
    return host.outline(name);
  };
  return {
    async connectListAllInterfaces(flags) {
      const wanted = traitFilter<Outline>(flags, [[List.ACTIVE, List.INACTIVE, ({ active }) => active]]);
      return (await host.all()).filter(wanted).map(refOf);
    },
    interfaceLookupByName: async (name) => refOf(await named(name)),
    async interfaceLookupByMACString(mac) {
      const [found, ...others] = (await host.all()).filter((one) => one.mac === mac);
      if (found === undefined) throw noInterface(`couldn't find interface with MAC address '${mac}'`);
      if (others.length > 0) throw multipleInterfaces(`the MAC address '${mac}' matches multiple interfaces`);
      return refOf(found);
    },
    interfaceGetXMLDesc: async ({ name }) => formatInterface(await describeInterface(host, name)),
    interfaceIsActive: async ({ name }) => (await named(name)).active,
  };
}
