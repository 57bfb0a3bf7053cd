import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  childOf,
  childrenOf,
  confContext,
  type DomainDef,
  domainSnapshot,
  hostInterface,
  type HostInterfaceDef,
  type MomentContext,
  network,
  type NetworkDef,
  nodeDevice,
  type NodeDeviceDef,
  parseDomainNode,
  postParseNetwork,
  postParsePool,
  readXml,
  type SnapshotDef,
  storagePool,
  type StoragePoolDef,
  storageVol,
  type StorageVolDef,
  type VolumeContext,
  type XmlNode,
} from '@virtkit/core/conf';
import type { NodeInfo } from '@virtkit/core/driver';
import { DomainState } from '@virtkit/core/util';
import { testXmlOption } from '../conf/domain-xml.js';
import { internalError, xmlError } from '../errors.js';
import { DEFAULT_NODE } from './host-info.js';

/** Elements of a domain that say how it is found at first. */
const TEST_NAMESPACE = 'http://libvirt.org/schemas/domain/test/1.0';
const LAST_STATE = DomainState.PMSUSPENDED;

/** Who may open a node, where its file says so. */
export interface NodeUser {
  readonly name: string;
  /** Absent: no password is asked. */
  readonly password: string | undefined;
}

/** A domain of a node file, and how it is found at first. */
export interface DomainDescription {
  readonly def: DomainDef;
  readonly state: number;
  readonly transient: boolean;
  readonly managedSave: boolean;
  readonly snapshots: readonly SnapshotDef[];
}

/** What a node file says. Nodes that are made from it share its definitions, which nobody changes. */
export interface NodeDescription {
  readonly info: NodeInfo;
  readonly domains: readonly DomainDescription[];
  readonly networks: readonly NetworkDef[];
  readonly interfaces: readonly HostInterfaceDef[];
  readonly pools: readonly { readonly def: StoragePoolDef; readonly volumes: readonly StorageVolDef[] }[];
  readonly devices: readonly NodeDeviceDef[];
  readonly users: readonly NodeUser[];
}

/** Reads what a node file says; `directory` is where files that it names are looked for. */
export function describeNode(root: XmlNode, directory: string): NodeDescription {
  if (root.name !== 'node') throw xmlError(`unexpected root element <${root.name}>, expecting <node>`);
  const all = (name: string): XmlNode[] => childrenOf(root, name).map((element) => resolve(element, directory));
  return {
    info: hostInfo(root, DEFAULT_NODE),
    domains: all('domain').map(describeDomain),
    networks: all('network').map((element) => postParseNetwork(network.decode(element, confContext()))),
    interfaces: all('interface').map((element) => hostInterface.decode(element, confContext())),
    pools: all('pool').map((element) => describePool(element, directory)),
    devices: all('device').map((element) => nodeDevice.decode(element, confContext())),
    users: users(root),
  };
}

/** Reads a node file; XML_ERROR where that cannot be done. */
export function readNodeFile(path: string): XmlNode {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw xmlError(`failed to parse xml document '${path}': ${(cause as Error).message}`);
  }
  return readXml(text, path);
}

/** An element with `file` stands for the document in that file. */
function resolve(element: XmlNode, directory: string): XmlNode {
  const file = element.attrs['file'];
  if (file === undefined) return element;
  return readNodeFile(isAbsolute(file) ? file : join(directory, file));
}

const CPU_FIELDS = [
  ['mhz', 'mhz'],
  ['active', 'cpus'],
  ['nodes', 'nodes'],
  ['sockets', 'sockets'],
  ['cores', 'cores'],
  ['threads', 'threads'],
] as const;

function hostInfo(root: XmlNode, defaults: NodeInfo): NodeInfo {
  const cpu = childOf(root, 'cpu');
  const number = (element: XmlNode | undefined, what: string): number | undefined => {
    const text = element?.text.trim();
    if (text === undefined || text === '') return undefined;
    if (!/^\d+$/.test(text)) throw xmlError(`invalid node ${what} value`);
    return Number(text);
  };
  const numbers: { -readonly [K in (typeof CPU_FIELDS)[number][1]]?: number } = {};
  for (const [name, field] of CPU_FIELDS) {
    const value = number(cpu && childOf(cpu, name), `cpu ${name}`);
    if (value !== undefined) numbers[field] = value;
  }
  const info = { ...defaults, ...numbers };
  if (numbers.cpus === undefined) info.cpus = info.nodes * info.sockets * info.cores * info.threads;
  const memory = number(childOf(root, 'memory'), 'memory');
  const model = cpu && childOf(cpu, 'model')?.text;
  return { ...info, ...(memory === undefined ? {} : { memory: BigInt(memory) }), ...(model ? { model } : {}) };
}

const own = (element: XmlNode, name: string): XmlNode | undefined =>
  element.children.find((child) => child.ns === TEST_NAMESPACE && child.name === name);

function describeDomain(element: XmlNode): DomainDescription {
  const def = parseDomainNode(element, testXmlOption);
  const text = own(element, 'runstate')?.text.trim() ?? String(DomainState.RUNNING);
  if (!/^\d+$/.test(text)) throw xmlError('invalid runstate');
  const state = Number(text);
  if (state > LAST_STATE) throw xmlError(`runstate '${state}' out of range`);
  const off = state === DomainState.SHUTOFF;
  const transient = own(element, 'transient') !== undefined;
  if (transient && off) throw xmlError("transient domain cannot have runstate 'shutoff'");
  const managedSave = own(element, 'hasmanagedsave') !== undefined;
  if (managedSave && !off) throw xmlError("domain with managedsave data can only have runstate 'shutoff'");
  const snapshots = element.children
    .filter(({ ns, name }) => ns === TEST_NAMESPACE && name === 'domainsnapshot')
    .map((child) => domainSnapshot.decode(plain(child), SNAPSHOT_CONTEXT));
  if (snapshots.filter(({ active }) => active === true).length > 1)
    throw internalError(`more than one snapshot of domain '${def.name}' claims to be active`);
  return { def, state, transient, managedSave, snapshots };
}

const SNAPSHOT_CONTEXT: MomentContext = { ...confContext(), redefine: true, internal: true, option: testXmlOption };

/** The element as a document of its own. */
const plain = (element: XmlNode): XmlNode => ({ ...element, ns: '', qname: element.name });

function describePool(element: XmlNode, directory: string): NodeDescription['pools'][number] {
  const def = postParsePool(storagePool.decode(element, confContext()));
  const context: VolumeContext & { readonly pool: StoragePoolDef['type'] } = { ...confContext(), pool: def.type };
  const volumes = childrenOf(element, 'volume').map((volume) => storageVol.decode(resolve(volume, directory), context));
  return { def, volumes };
}

function users(root: XmlNode): NodeUser[] {
  const auth = childOf(root, 'auth');
  if (auth === undefined) return [];
  return childrenOf(auth, 'user').map(({ text, attrs }) => {
    if (text === '') throw xmlError('missing username in /node/auth/user field');
    return { name: text, password: attrs['password'] };
  });
}
