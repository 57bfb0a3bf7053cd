import { childOf, childrenOf, escapeXml, formatNode, readXml, type XmlNode } from '@virtkit/core/conf';
import { DomainDeviceModifyFlags, DomainXMLFlags, ErrorCode, LibvirtError } from '@virtkit/core/util';
import type { Domain } from '@virtkit/core';
import type { Call } from '../call.js';
import { commands, type CommandSpec, type OptionTable } from '../command.js';
import { findDevice } from '../domain-xml.js';
import { IMPACT_AND_PERSISTENT, impactFlags } from '../impact.js';
import { plain, said } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';

const device = commands('Domain devices');

const attr = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : ` ${name}='${escapeXml(String(value))}'`;

async function change(call: Call, domain: Domain, how: 'attach' | 'detach' | 'update', xml: string): Promise<void> {
  const flags = await impactFlags(call, domain);
  call.doing = `${how} device ${how === 'attach' ? 'to' : how === 'detach' ? 'from' : 'of'} domain '${domain.name}'`;
  if (how === 'update') await domain.updateDeviceFlags(xml, flags);
  else if (flags === 0) await (how === 'attach' ? domain.attachDevice(xml) : domain.detachDevice(xml));
  else await (how === 'attach' ? domain.attachDeviceFlags(xml, flags) : domain.detachDeviceFlags(xml, flags));
  call.doing = undefined;
}

function fromFile(
  how: 'attach' | 'detach' | 'update',
  summary: string,
  did: string,
  options: OptionTable = {},
): CommandSpec {
  return device(
    `${how}-device`,
    summary,
    { args: '<domain> <file>', options: { ...IMPACT_AND_PERSISTENT, ...options } },
    async (call) => {
      const domain = await call.domain();
      await change(call, domain, how, await call.textArg('file'));
      return said(`Device ${did} successfully`, { domain: domain.name });
    },
  );
}

/** `pci:0000.00.10.0`, `drive:0.0.0`: the address element of the -disk and -interface commands. */
function addressXml(text: string | undefined, multifunction: boolean): string {
  if (text === undefined) return '';
  const [type, rest = ''] = text.split(':');
  const parts = rest.split('.');
  if (type === 'pci' && parts.length === 4) {
    const [domain, bus, slot, fn] = parts.map((part) => `0x${part}`);
    return `  <address type='pci'${attr('domain', domain)}${attr('bus', bus)}${attr('slot', slot)}${attr('function', fn)}${multifunction ? ` multifunction='on'` : ''}/>\n`;
  }
  if (['scsi', 'ide', 'drive', 'sata'].includes(type ?? '') && parts.length === 3)
    return `  <address type='drive'${attr('controller', parts[0])}${attr('bus', parts[1])}${attr('unit', parts[2])}/>\n`;
  if (type === 'usb' && parts.length === 2)
    return `  <address type='usb'${attr('bus', parts[0])}${attr('port', parts[1])}/>\n`;
  throw new UsageError(`--address: '${text}' is no address: write for example pci:0000.00.10.0 or scsi:0.0.1`);
}

export const DEVICE = [
  fromFile('attach', 'Attach a device from an XML file', 'attached'),
  fromFile('detach', 'Detach the device that an XML file describes', 'detached'),
  fromFile('update', 'Change the device that an XML file describes', 'updated', {
    '--force': [DomainDeviceModifyFlags.FORCE, 'also if the guest resists'],
  }),
  device(
    'detach-device-alias',
    'Detach a device by its alias',
    { args: '<domain> <alias>', options: IMPACT_AND_PERSISTENT },
    async (call) => {
      const domain = await call.domain();
      await call.attempt(
        `detach device with alias ${call.arg('alias')}`,
        domain.detachDeviceAlias(call.arg('alias'), await impactFlags(call, domain)),
      );
      return said('Device detach request sent successfully', { domain: domain.name, alias: call.arg('alias') });
    },
  ),
  device(
    'attach-disk',
    'Attach a disk described by options',
    {
      args: '<domain> <source> <target>',
      options: {
        ...IMPACT_AND_PERSISTENT,
        '--targetbus <bus>': 'virtio, scsi, sata, ide, usb, …',
        '--driver <name>': 'driver',
        '--subdriver <format>': 'format of the image: raw, qcow2, …',
        '--iothread <number>': 'I/O thread',
        '--cache <mode>': 'cache mode',
        '--io <policy>': 'I/O policy',
        '--type <device>': 'disk, cdrom, floppy or lun',
        '--mode <mode>': 'readonly or shareable',
        '--sourcetype <type>': 'file, block or network',
        '--source-protocol <name>': 'protocol of a network disk',
        '--source-host-name <name>': 'its host',
        '--source-host-transport <transport>': 'its transport',
        '--source-host-socket <path>': 'its socket',
        '--serial <text>': 'serial number',
        '--wwn <wwn>': 'world wide name',
        '--alias <alias>': 'alias',
        '--address <address>': 'address, for example pci:0000.00.10.0',
        '--multifunction': 'a multifunction PCI device',
        '--rawio': 'needs raw I/O',
        '--print-xml': 'print the XML, do nothing',
      },
    },
    async (call) => {
      const source = call.arg('source');
      const protocol = call.option('source-protocol');
      const type =
        call.option('sourcetype') ??
        (protocol !== undefined ? 'network' : source.startsWith('/dev/') ? 'block' : 'file');
      const key = type === 'network' ? 'name' : type === 'block' ? 'dev' : 'file';
      const host = [
        call.option('source-host-name'),
        call.option('source-host-transport'),
        call.option('source-host-socket'),
      ];
      const [hostName, port] = (host[0] ?? '').split(':');
      const hostXml = host.every((part) => part === undefined)
        ? ''
        : `\n    <host${attr('name', hostName || undefined)}${attr('port', port)}${attr('transport', host[1])}${attr('socket', host[2])}/>\n  `;
      const sourceXml =
        source === ''
          ? ''
          : `  <source${attr('protocol', protocol)}${attr(key, source)}${hostXml === '' ? '/>' : `>${hostXml}</source>`}\n`;
      const driver = `${attr('name', call.option('driver') ?? (call.has('subdriver') ? 'qemu' : undefined))}${attr('type', call.option('subdriver'))}${attr('iothread', call.option('iothread'))}${attr('cache', call.option('cache'))}${attr('io', call.option('io'))}`;
      const mode = call.option('mode');
      if (mode !== undefined && mode !== 'readonly' && mode !== 'shareable')
        throw new UsageError(`--mode: '${mode}' is none of readonly, shareable`);
      const xml = `<disk${attr('type', type)}${attr('device', call.option('type') || undefined)}${call.has('rawio') ? ` rawio='yes'` : ''}>
${driver === '' ? '' : `  <driver${driver}/>\n`}${sourceXml}  <target${attr('dev', call.arg('target'))}${attr('bus', call.option('targetbus'))}/>
${mode === undefined ? '' : `  <${mode}/>\n`}${call.has('serial') ? `  <serial>${escapeXml(call.option('serial')!)}</serial>\n` : ''}${call.has('alias') ? `  <alias${attr('name', call.option('alias'))}/>\n` : ''}${call.has('wwn') ? `  <wwn>${escapeXml(call.option('wwn')!)}</wwn>\n` : ''}${addressXml(call.option('address'), call.has('multifunction'))}</disk>
`;
      if (call.has('print-xml')) return plain(xml, 'xml');
      const domain = await call.domain();
      await change(call, domain, 'attach', xml);
      return said('Disk attached successfully', { domain: domain.name, target: call.arg('target') });
    },
  ),
  device(
    'attach-interface',
    'Attach a network interface described by options',
    {
      args: '<domain> <type> <source>',
      options: {
        ...IMPACT_AND_PERSISTENT,
        '--target <name>': 'name on the host',
        '--mac <address>': 'MAC address',
        '--script <path>': 'script that bridges it',
        '--model <model>': 'model',
        '--alias <alias>': 'alias',
        '--inbound <rates>': 'average[,peak[,burst[,floor]]] in KiB/s',
        '--outbound <rates>': 'average[,peak[,burst]] in KiB/s',
        '--managed': 'a managed hostdev',
        '--print-xml': 'print the XML, do nothing',
      },
    },
    async (call) => {
      const type = call.arg('type');
      const keys: Readonly<Record<string, string>> = { network: 'network', bridge: 'bridge', direct: 'dev' };
      let source: string;
      if (type === 'hostdev') {
        const [, domain, bus, slot, fn] =
          /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)\.([0-7])$/i.exec(call.arg('source')) ?? [];
        if (domain === undefined)
          throw new UsageError(`cannot parse pci address '${call.arg('source')}': write for example 0000:03:00.1`);
        source = `  <source>\n    <address type='pci' domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>\n  </source>\n`;
      } else {
        const key = keys[type];
        if (key === undefined)
          throw new UsageError(
            `No support for '${type}': the type is one of ${[...Object.keys(keys), 'hostdev'].join(', ')}`,
          );
        source = `  <source${attr(key, call.arg('source'))}/>\n`;
      }
      const rate = (name: string): string => {
        const [average, peak, burst, floor] = call.option(name)?.split(',') ?? [];
        return average === undefined
          ? ''
          : `    <${name}${attr('average', average)}${attr('peak', peak || undefined)}${attr('burst', burst || undefined)}${attr('floor', floor || undefined)}/>\n`;
      };
      const bandwidth = rate('inbound') + rate('outbound');
      const xml = `<interface${attr('type', type)}${call.has('managed') ? ` managed='yes'` : ''}>
${call.has('mac') ? `  <mac${attr('address', call.option('mac'))}/>\n` : ''}${source}${call.has('target') ? `  <target${attr('dev', call.option('target'))}/>\n` : ''}${call.has('script') ? `  <script${attr('path', call.option('script'))}/>\n` : ''}${call.has('model') ? `  <model${attr('type', call.option('model'))}/>\n` : ''}${call.has('alias') ? `  <alias${attr('name', call.option('alias'))}/>\n` : ''}${bandwidth === '' ? '' : `  <bandwidth>\n${bandwidth}  </bandwidth>\n`}</interface>
`;
      if (call.has('print-xml')) return plain(xml, 'xml');
      const domain = await call.domain();
      await change(call, domain, 'attach', xml);
      return said('Interface attached successfully', { domain: domain.name });
    },
  ),
  device(
    'detach-disk',
    'Detach a disk by its target',
    { args: '<domain> <target>', options: { ...IMPACT_AND_PERSISTENT, '--print-xml': 'print the XML, do nothing' } },
    async (call) => {
      const domain = await call.domain();
      const node = findDevice(await configOf(call, domain), 'disk', call.arg('target'));
      if (node === undefined)
        throw new LibvirtError(
          ErrorCode.OPERATION_FAILED,
          0,
          `No disk found whose source path or target is ${call.arg('target')}`,
        );
      if (call.has('print-xml')) return plain(formatNode(node, 0), 'xml');
      await change(call, domain, 'detach', formatNode(node, 0));
      return said('Disk detached successfully', { domain: domain.name, target: call.arg('target') });
    },
  ),
  device(
    'detach-interface',
    'Detach a network interface',
    {
      args: '<domain> <type>',
      options: {
        ...IMPACT_AND_PERSISTENT,
        '--mac <address>': 'which, if there are several',
        '--print-xml': 'print the XML, do nothing',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const devices = childOf(readXml(await configOf(call, domain)), 'devices');
      const mac = call.option('mac')?.toLowerCase();
      const found = (devices === undefined ? [] : childrenOf(devices, 'interface')).filter(
        (node) =>
          node.attrs['type'] === call.arg('type') &&
          (mac === undefined || childOf(node, 'mac')?.attrs['address']?.toLowerCase() === mac),
      );
      if (found.length === 0)
        throw new LibvirtError(
          ErrorCode.OPERATION_FAILED,
          0,
          `No interface with ${mac === undefined ? `type ${call.arg('type')}` : `MAC address ${mac}`} was found`,
        );
      if (found.length > 1)
        throw new UsageError(`Domain has ${found.length} interfaces. Please specify which one to detach using --mac`);
      const xml = formatNode(found[0]!, 0);
      if (call.has('print-xml')) return plain(xml, 'xml');
      await change(call, domain, 'detach', xml);
      return said('Interface detached successfully', { domain: domain.name });
    },
  ),
  device(
    'update-memory-device',
    'Change the size that a memory device has for its guest',
    {
      args: '<domain>',
      options: {
        ...IMPACT_AND_PERSISTENT,
        '--alias <alias>': 'which device, by alias',
        '--node <number>': 'which device, by its NUMA node in the guest',
        '--requested-size <size>': 'the size, in KiB without a unit',
        '--print-xml': 'print the XML, do nothing',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const devices = childOf(readXml(await configOf(call, domain)), 'devices');
      const found = (devices === undefined ? [] : childrenOf(devices, 'memory')).filter((node) => {
        const target = childOf(node, 'target');
        const inNode = target === undefined ? undefined : childOf(target, 'node')?.text;
        return (
          (call.option('alias') === undefined || childOf(node, 'alias')?.attrs['name'] === call.option('alias')) &&
          (call.option('node') === undefined || inNode === call.option('node'))
        );
      });
      if (found.length !== 1)
        throw new UsageError(
          found.length === 0
            ? 'no memory device found'
            : 'multiple memory devices found: choose with --alias or --node',
        );
      const size = String((call.size('requested-size', 1024n) ?? 0n) / 1024n);
      const withSize = (node: XmlNode): XmlNode => {
        const { mixed: _mixed, ...rest } = node;
        return node.name === 'requested'
          ? { ...rest, attrs: { unit: 'KiB' }, text: size }
          : { ...rest, children: node.children.map(withSize) };
      };
      const xml = formatNode(withSize(found[0]!), 0);
      if (call.has('print-xml')) return plain(xml, 'xml');
      await change(call, domain, 'update', xml);
      return said('', { domain: domain.name, requestedSize: size });
    },
  ),
  device(
    'change-media',
    'Insert, change or eject the medium of a CD-ROM or floppy drive',
    {
      args: '<domain> <path> [source]',
      options: {
        ...IMPACT_AND_PERSISTENT,
        '--eject': 'eject the medium',
        '--insert': 'insert a medium',
        '--update': 'change the medium',
        '--force': [DomainDeviceModifyFlags.FORCE, 'also if the guest resists'],
        '--print-xml': 'print the XML, do nothing',
        '--block': 'the source is a block device',
      },
    },
    async (call) => {
      const domain = await call.domain();
      const node = findDevice(await configOf(call, domain), 'disk', call.arg('path'));
      if (node === undefined || !['cdrom', 'floppy'].includes(node.attrs['device'] ?? ''))
        throw new LibvirtError(
          ErrorCode.OPERATION_FAILED,
          0,
          `domain '${domain.name}' has no CD-ROM or floppy drive '${call.arg('path')}'`,
        );
      const source = call.optionalArg('source');
      if (source === undefined && !call.has('eject'))
        throw new UsageError('No disk source specified: give one, or --eject');
      const children = node.children.filter(({ name }) => name !== 'source' && name !== 'backingStore');
      const type = call.has('block') ? 'block' : 'file';
      const empty = { ns: '', text: '', children: [], line: 1 };
      const medium =
        source === undefined || call.has('eject')
          ? []
          : [{ ...empty, name: 'source', qname: 'source', attrs: { [type === 'block' ? 'dev' : 'file']: source } }];
      const at = children.findIndex(({ name }) => name === 'target');
      const { mixed: _mixed, ...rest } = node;
      const changed = {
        ...rest,
        attrs: { ...node.attrs, type },
        text: '',
        children: [...children.slice(0, at), ...medium, ...children.slice(at)],
      };
      const xml = formatNode(changed, 0);
      if (call.has('print-xml')) return plain(xml, 'xml');
      await change(call, domain, 'update', xml);
      return said(
        `Successfully ${medium.length === 0 ? 'ejected' : call.has('insert') ? 'inserted' : 'updated'} media.`,
        { domain: domain.name, drive: call.arg('path') },
      );
    },
  ),
];

/** The XML in which a device is looked for: the definition where only that is to change. */
async function configOf(call: Call, domain: Domain): Promise<string> {
  const live = call.has('live') || (!call.has('config') && !call.has('persistent'));
  return domain.getXMLDesc(live ? 0 : DomainXMLFlags.INACTIVE);
}
