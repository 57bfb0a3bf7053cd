import { ErrorCode, ErrorDomain, LibvirtError, parseUuid } from '../../util/index.js';
import { isArch } from '../cpu/index.js';
import { childOf, type XmlNode } from '../xml/index.js';
import { internal, unsupported, wrong } from './common/problems.js';
import { VIRT_TYPES } from './domain-def.js';
import type { DomainXmlOption } from './xml-option.js';

/** The order libvirt reads the parts of a domain in: of several faults it tells the first of these. */
const DOMAIN_ORDER = [
  'name',
  'uuid',
  'seclabel',
  'memory',
  'currentMemory',
  'maxMemory',
  'memoryBacking',
  'blkiotune',
  'memtune',
  'vcpu',
  'vcpus',
  'iothreads',
  'iothreadids',
  'defaultiothread',
  'cputune',
  'cpu',
  'numatune',
  'resource',
  'features',
  'on_poweroff',
  'on_reboot',
  'on_crash',
  'on_lockfailure',
  'pm',
  'perf',
  'clock',
  'os',
  'devices',
];

/** The same of its devices. */
const DEVICE_ORDER = [
  'disk',
  'controller',
  'lease',
  'filesystem',
  'interface',
  'smartcard',
  'serial',
  'parallel',
  'console',
  'channel',
  'input',
  'graphics',
  'sound',
  'audio',
  'video',
  'hostdev',
  'watchdog',
  'memballoon',
  'rng',
  'tpm',
  'nvram',
  'hub',
  'redirdev',
  'redirfilter',
  'panic',
  'shmem',
  'memory',
  'iommu',
  'vsock',
];

/** Elements whose parts libvirt looks for wherever they stand, so that several of them say together what one would. */
const MERGED: ReadonlySet<string> = new Set(['devices', 'os', 'features', 'clock', 'perf']);

const ranks = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, place) => [name, place]));
const DOMAIN_RANKS = ranks(DOMAIN_ORDER);
const DEVICE_RANKS = ranks(DEVICE_ORDER);

/** The parts of a domain as libvirt comes upon them. */
export const inDomainOrder = (node: XmlNode): XmlNode => sorted(merged(node), DOMAIN_RANKS);
/** The devices of a domain as libvirt comes upon them. */
export const inDeviceOrder = (node: XmlNode): XmlNode => sorted(node, DEVICE_RANKS);

function sorted(node: XmlNode, order: ReadonlyMap<string, number>): XmlNode {
  const last = order.size;
  const rank = ({ name }: XmlNode): number => order.get(name) ?? last;
  const { children } = node;
  let highest = 0;
  for (const child of children) {
    const own = rank(child);
    if (own < highest) return { ...node, children: [...children].sort((a, b) => rank(a) - rank(b)) };
    highest = own;
  }
  return node;
}

function merged(node: XmlNode): XmlNode {
  const seen = new Set<string>();
  let again = false;
  for (const { name, ns } of node.children) {
    if (ns !== '' || !MERGED.has(name)) continue;
    if (seen.has(name)) again = true;
    seen.add(name);
  }
  if (!again) return node;
  const firsts = new Map<string, XmlNode & { children: XmlNode[] }>();
  const children: XmlNode[] = [];
  for (const child of node.children) {
    const first = child.ns === '' && MERGED.has(child.name) ? firsts.get(child.name) : undefined;
    if (first !== undefined) {
      first.children.push(...child.children);
      continue;
    }
    const copy = { ...child, children: [...child.children] };
    firsts.set(child.name, copy);
    children.push(copy);
  }
  return { ...node, children };
}

/** virDomainDefParseIDs and virDomainDefParseCaps: who the domain is and what runs in it, before anything else is read. */
export function checkIdentity(node: XmlNode, option: DomainXmlOption): void {
  if (!childOf(node, 'name')?.text) throw new LibvirtError(ErrorCode.NO_NAME, ErrorDomain.DOMAIN);
  const uuid = childOf(node, 'uuid')?.text;
  if (uuid && parseUuid(uuid) === undefined) throw internal('malformed uuid element');
  const { type } = node.attrs;
  if (!type) throw internal('missing domain type attribute');
  if (!VIRT_TYPES.some((known) => known === type) && !option.types.has(type))
    throw unsupported(`invalid domain type ${type}`);
  const types = node.children
    .filter(({ name, ns }) => name === 'os' && ns === '')
    .flatMap(({ children }) => children.filter(({ name }) => name === 'type'));
  checkOsType(types[0]?.text, types[0]?.attrs.arch, childOf(node, 'bootloader') !== undefined);
}

const OS_TYPES = new Set(['hvm', 'xen', 'linux', 'exe', 'uml', 'xenpvh']);

/** What runs in the guest must be said, unless a boot loader says it. */
export function checkOsType(type: string | undefined, arch: string | undefined, hasBootloader: boolean): void {
  if (!type && !hasBootloader) throw wrong('an os <type> must be specified');
  if (type && !OS_TYPES.has(type)) throw unsupported(`unknown OS type '${type}'`);
  if (arch && !isArch(arch)) throw unsupported(`Unknown architecture ${arch}`);
}
