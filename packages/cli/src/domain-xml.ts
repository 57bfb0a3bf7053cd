import { childOf, childrenOf, readXml, type XmlNode } from '@virtkit/core/conf';

/** A disk as lists show it. */
export interface DiskFacts {
  readonly type: string;
  readonly device: string;
  readonly target: string;
  readonly source: string | undefined;
}

/** A network interface as lists show it. */
export interface InterfaceFacts {
  readonly target: string | undefined;
  readonly type: string;
  readonly source: string | undefined;
  readonly model: string | undefined;
  readonly mac: string | undefined;
}

/** A graphical display or serial device with where it can be reached. */
export interface GraphicsFacts {
  readonly type: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly tlsPort: number | undefined;
  readonly socket: string | undefined;
  readonly password: string | undefined;
}

function devices(xml: string, name: string): readonly XmlNode[] {
  const node = childOf(readXml(xml), 'devices');
  return node === undefined ? [] : childrenOf(node, name);
}

export function disksOf(xml: string): DiskFacts[] {
  return devices(xml, 'disk').map((disk) => {
    const source = childOf(disk, 'source')?.attrs ?? {};
    const volume = source['volume'];
    return {
      type: disk.attrs['type'] ?? 'file',
      device: disk.attrs['device'] ?? 'disk',
      target: childOf(disk, 'target')?.attrs['dev'] ?? '-',
      source:
        source['file'] ??
        source['dev'] ??
        source['dir'] ??
        source['name'] ??
        source['path'] ??
        source['type'] ??
        volume,
    };
  });
}

export function interfacesOf(xml: string): InterfaceFacts[] {
  return devices(xml, 'interface').map((node) => {
    const source = childOf(node, 'source')?.attrs ?? {};
    return {
      target: childOf(node, 'target')?.attrs['dev'],
      type: node.attrs['type'] ?? '-',
      source: source['bridge'] ?? source['dev'] ?? source['network'] ?? source['name'] ?? source['path'],
      model: childOf(node, 'model')?.attrs['type'],
      mac: childOf(node, 'mac')?.attrs['address'],
    };
  });
}

export function graphicsOf(xml: string): GraphicsFacts[] {
  return devices(xml, 'graphics').map((node) => {
    const listen = childOf(node, 'listen')?.attrs ?? {};
    const number = (text: string | undefined): number | undefined =>
      text === undefined || Number(text) <= 0 ? undefined : Number(text);
    return {
      type: node.attrs['type'] ?? '',
      host: node.attrs['listen'] ?? listen['address'],
      port: number(node.attrs['port']),
      tlsPort: number(node.attrs['tlsPort']),
      socket: node.attrs['socket'] ?? listen['socket'],
      password: node.attrs['passwd'],
    };
  });
}

/** The pty of a domain's first console, or undefined. */
export function consoleTty(xml: string): string | undefined {
  const [first] = devices(xml, 'console');
  if (first === undefined) return undefined;
  return first.attrs['tty'] ?? childOf(first, 'source')?.attrs['path'];
}

/** The first interface or disk whose target, source or MAC is `which`, as a document of its own. */
export function findDevice(xml: string, element: 'disk' | 'interface', which: string): XmlNode | undefined {
  return devices(xml, element).find((node) => {
    const target = childOf(node, 'target')?.attrs['dev'];
    const source = childOf(node, 'source')?.attrs ?? {};
    const mac = childOf(node, 'mac')?.attrs['address'];
    return target === which || mac === which || Object.values(source).includes(which);
  });
}
