import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import {
  childOf,
  childrenOf,
  confContext,
  domainSnapshot,
  hostInterface,
  type MomentContext,
  network,
  nodeDevice,
  parseDomainNode,
  postParseNetwork,
  postParsePool,
  readXml,
  storagePool,
  storageVol,
  type XmlNode,
} from '@virtkit/core/conf';
import type { NodeInfo } from '@virtkit/core/driver';
import { DomainRunningReason, DomainShutoffReason, DomainState } from '@virtkit/core/util';
import { testXmlOption } from '../conf/domain-xml.js';
import { internalError, operationFailed, xmlError } from '../errors.js';
import { DomainObject } from '../state/domain-object.js';
import { NetworkObject } from '../state/network-object.js';
import { PoolObject } from '../state/pool-object.js';
import type { TestNode } from '../state/test-node.js';

/** Elements of a domain that say how it is found at first. */
export const TEST_NAMESPACE = 'http://libvirt.org/schemas/domain/test/1.0';
const LAST_STATE = DomainState.PMSUSPENDED;

/** Who may open a node, where its file says so. */
export interface NodeUser {
  readonly name: string;
  /** Absent: no password is asked. */
  readonly password: string | undefined;
}

/** Fills a node with what a node file describes; `directory` is where files that it names are looked for. */
export function loadNode(node: TestNode, root: XmlNode, directory: string): readonly NodeUser[] {
  if (root.name !== 'node') throw xmlError(`unexpected root element <${root.name}>, expecting <node>`);
  node.info = hostInfo(root, node.info);
  const all = (name: string): XmlNode[] => childrenOf(root, name).map((element) => resolve(element, directory));
  for (const element of all('domain')) loadDomain(node, element);
  for (const element of all('network')) loadNetwork(node, element);
  for (const element of all('interface'))
    node.interfaces.define(hostInterface.decode(element, confContext())).active = true;
  for (const element of all('pool')) loadPool(node, element, directory);
  for (const element of all('device')) {
    const def = nodeDevice.decode(element, confContext());
    node.nodeDevices.set(def.name, { def });
  }
  return users(root);
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

function loadDomain(node: TestNode, element: XmlNode): void {
  const def = parseDomainNode(element, testXmlOption);
  const taken = node.domains.match(def.name, def.uuid);
  if (taken !== undefined) throw operationFailed(`domain '${def.name}' already exists with uuid ${def.uuid}`);
  const text = own(element, 'runstate')?.text.trim() ?? String(DomainState.RUNNING);
  if (!/^\d+$/.test(text)) throw xmlError('invalid runstate');
  const state = Number(text);
  if (state > LAST_STATE) throw xmlError(`runstate '${state}' out of range`);
  const off = state === DomainState.SHUTOFF;
  const transient = own(element, 'transient') !== undefined;
  if (transient && off) throw xmlError("transient domain cannot have runstate 'shutoff'");
  const managedSave = own(element, 'hasmanagedsave') !== undefined;
  if (managedSave && !off) throw xmlError("domain with managedsave data can only have runstate 'shutoff'");

  const dom = new DomainObject(def, def.uuid);
  dom.persistent = !transient;
  dom.managedSave = managedSave;
  dom.reason = DomainShutoffReason.UNKNOWN;
  node.domains.add(dom);
  loadSnapshots(node, dom, element);
  if (!off) node.domains.started(dom, state, DomainRunningReason.UNKNOWN);
}

function loadSnapshots(node: TestNode, dom: DomainObject, element: XmlNode): void {
  for (const child of element.children) {
    if (child.ns !== TEST_NAMESPACE || child.name !== 'domainsnapshot') continue;
    const def = domainSnapshot.decode(plain(child), SNAPSHOT_CONTEXT);
    const moment = { name: def.name, parent: def.parent?.name, def };
    dom.snapshots.add(moment);
    if (def.active !== true) continue;
    if (dom.snapshots.current !== undefined)
      throw internalError(`more than one snapshot of domain '${dom.name}' claims to be active`);
    dom.snapshots.current = moment;
  }
}

const SNAPSHOT_CONTEXT: MomentContext = { ...confContext(), redefine: true, internal: true, option: testXmlOption };

/** The element as a document of its own. */
const plain = (element: XmlNode): XmlNode => ({ ...element, ns: '', qname: element.name });

function loadNetwork(node: TestNode, element: XmlNode): void {
  const def = postParseNetwork(network.decode(element, confContext()));
  node.networks.match(def.name, def.uuid);
  const object = new NetworkObject(def);
  object.persistent = true;
  object.active = true;
  node.networks.add(object);
}

function loadPool(node: TestNode, element: XmlNode, directory: string): void {
  const def = postParsePool(storagePool.decode(element, confContext()));
  node.pools.match(def.name, def.uuid);
  const pool = new PoolObject(def);
  pool.persistent = true;
  pool.active = true;
  node.pools.add(pool);
  for (const volume of childrenOf(element, 'volume'))
    pool.addVolume(storageVol.decode(resolve(volume, directory), { ...confContext(), pool: def.type } as never));
}

function users(root: XmlNode): NodeUser[] {
  const auth = childOf(root, 'auth');
  if (auth === undefined) return [];
  return childrenOf(auth, 'user').map(({ text, attrs }) => {
    if (text === '') throw xmlError('missing username in /node/auth/user field');
    return { name: text, password: attrs['password'] };
  });
}
