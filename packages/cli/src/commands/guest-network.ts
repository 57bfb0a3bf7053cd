import { childOf, formatNode } from '@virtkit/core/conf';
import { DomainGetHostnameFlags, DomainInterfaceAddressesSource, DomainXMLFlags, IPAddrType } from '@virtkit/core/util';
import { commands } from '../command.js';
import { lines, said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';
import { findDevice } from '../domain-xml.js';

const guest = commands('Guests');

export const GUEST_NETWORK = [
  guest(
    'domhostname',
    "Print the guest's host name",
    { args: '<domain>', options: { '--source <source>': 'lease or agent' } },
    async (call) => {
      const source = call.option('source');
      const flags = source === undefined ? 0 : DomainGetHostnameFlags[source === 'lease' ? 'LEASE' : 'AGENT'];
      return lines([await call.attempt('get hostname', (await call.domain()).getHostname(flags))]);
    },
  ),
  guest(
    'domifaddr',
    "List the guest's network addresses",
    {
      args: '<domain> [interface]',
      options: { '--full': 'repeat name and MAC on each line', '--source <source>': 'lease, agent or arp' },
    },
    async (call) => {
      const source = (call.option('source') ?? 'lease').toUpperCase();
      const which = (DomainInterfaceAddressesSource as Readonly<Record<string, number>>)[source];
      if (which === undefined)
        throw new UsageError(`Unknown data source '${call.option('source')}': it is lease, agent or arp`);
      const only = call.optionalArg('interface');
      const found = await call.attempt(
        'query for interfaces addresses',
        (await call.domain()).interfaceAddresses(which),
      );
      const rows = found
        .filter(({ name }) => only === undefined || name === only)
        .flatMap(({ name, hwaddr, addrs }) =>
          (addrs.length === 0 ? [undefined] : addrs).map((address, i) => ({ name, hwaddr, first: i === 0, address })),
        );
      const shown = (first: boolean, text: string | null): string =>
        first || call.has('full') ? (text ?? 'N/A') : '-';
      const protocol = (type: number): string => (type === IPAddrType.IPV6 ? 'ipv6' : 'ipv4');
      // virsh's columns here have fixed widths.
      const line = (name: string, mac: string, kind: string, address: string): string =>
        ` ${name.padEnd(10)} ${mac.padEnd(20)} ${kind.padEnd(8)}     ${address}\n`;
      return {
        json: rows.map(({ name, hwaddr, address }) => ({
          name,
          mac: hwaddr,
          protocol: address === undefined ? null : protocol(address.type),
          address: address === undefined ? null : `${address.addr}/${address.prefix}`,
        })),
        text: () =>
          `${line('Name', 'MAC address', 'Protocol', 'Address')}${'-'.repeat(79)}\n${rows
            .map(({ name, hwaddr, first, address }) =>
              line(
                shown(first, name),
                shown(first, hwaddr),
                address === undefined ? 'N/A' : protocol(address.type),
                address === undefined ? 'N/A' : `${address.addr}/${address.prefix}`,
              ),
            )
            .join('')}`,
      };
    },
  ),
  guest(
    'domif-setlink',
    'Plug or unplug the cable of a network interface',
    { args: '<domain> <interface> <state>', options: { '--config': 'of its next start' } },
    async (call) => {
      const state = call.arg('state');
      if (state !== 'up' && state !== 'down') throw new UsageError(`invalid link state '${state}': it is up or down`);
      const domain = await call.domain();
      const xml = await domain.getXMLDesc(call.has('config') ? DomainXMLFlags.INACTIVE : 0);
      const node = findDevice(xml, 'interface', call.arg('interface'));
      if (node === undefined)
        throw new UsageError(
          `interface '${call.arg('interface')}' not found: 'virtkit domiflist ${domain.name}' lists them`,
        );
      const link = { name: 'link', qname: 'link', ns: '', attrs: { state }, children: [], text: '', line: 1 };
      const { mixed: _mixed, ...rest } = node;
      const changed = { ...rest, text: '', children: [...node.children.filter(({ name }) => name !== 'link'), link] };
      await call.attempt(
        'update interface link state',
        domain.updateDeviceFlags(formatNode(changed, 0), call.has('config') ? 2 : 1),
      );
      return said('Device updated successfully', { domain: domain.name, interface: call.arg('interface'), state });
    },
  ),
  guest(
    'domif-getlink',
    'Show whether the cable of a network interface is plugged in',
    { args: '<domain> <interface>', options: { '--config': 'of its next start' } },
    async (call) => {
      const domain = await call.domain();
      const node = findDevice(
        await domain.getXMLDesc(call.has('config') ? DomainXMLFlags.INACTIVE : 0),
        'interface',
        call.arg('interface'),
      );
      if (node === undefined)
        throw new UsageError(
          `interface '${call.arg('interface')}' not found: 'virtkit domiflist ${domain.name}' lists them`,
        );
      const state = childOf(node, 'link')?.attrs['state'] ?? 'up';
      return { json: { state }, text: () => `${call.arg('interface')} ${state}\n` };
    },
  ),
];
