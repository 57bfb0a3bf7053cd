import {
  type CapabilitiesDef,
  type ConsoleDef,
  type DomainDef,
  type DomainXmlOption,
  type FeaturesDef,
  formatDomain,
  isArch,
  LINUX_CAPABILITIES,
  noDevices,
  postParseDomain,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, generateUuid, LibvirtError } from '@virtkit/core/util';
import { internalError } from '../errors.js';
import { readFilesystems } from './filesystems.js';
import { LxcConf } from './lxc-conf.js';
import { readNetworks } from './networks.js';
import { decimal } from './numbers.js';
import { readTuning } from './tuning.js';

/** lxcParseConfigString: the domain that a container's lxc.conf(5) of LXC 2 or 3 describes, as XML. */
export function domainXmlFromLxcConf(text: string, option: DomainXmlOption): string {
  const conf = new LxcConf(text);
  const name = conf.first('lxc.uts.name', 'lxc.utsname');
  if (name === undefined)
    throw internalError("the configuration names no container: 'lxc.uts.name' (or 'lxc.utsname') is missing");
  if (name.includes('/'))
    throw new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.DOMAIN, `name ${name} cannot contain '/'`);
  const filesystem = readFilesystems(conf);
  const networks = readNetworks(conf);
  const idmap = readIdmap(conf);
  const def: DomainDef = {
    type: 'lxc',
    name,
    uuid: generateUuid(),
    ...readTuning(conf),
    os: { type: { ...archOf(conf), value: 'exe' }, init: '/sbin/init', boot: [] },
    ...(idmap !== undefined && { idmap }),
    features: features(conf, networks.none),
    clock: { offset: 'utc', timer: [] },
    on_poweroff: 'destroy',
    on_reboot: 'restart',
    on_crash: 'destroy',
    devices: {
      ...noDevices(),
      filesystem,
      interface: networks.interface,
      hostdev: networks.hostdev,
      console: consoles(conf),
    },
    seclabel: [],
  };
  postParseDomain(def, option, { abiUpdate: true });
  return formatDomain(def, option, { secure: true });
}

/** LXC's words for architectures are those of uname and of Debian; an unknown one is left open. */
function archOf(conf: LxcConf): { arch?: string } {
  const name = conf.first('lxc.arch');
  if (name === undefined) return {};
  const arch = { x86: 'i686', amd64: 'x86_64' }[name] ?? name;
  return isArch(arch) ? { arch } : {};
}

/** What LXC does not take away a container has. */
function features(conf: LxcConf, privateNetwork: boolean): FeaturesDef {
  const capabilities: CapabilitiesDef = { policy: 'allow' };
  for (const word of (conf.first('lxc.cap.drop') ?? '').split(' ')) {
    const known = LINUX_CAPABILITIES.find((capability) => capability === word);
    if (known !== undefined) capabilities[known] = { state: false };
  }
  return { ...(privateNetwork && { privnet: true }), capabilities };
}

function consoles(conf: LxcConf): ConsoleDef[] {
  const text = conf.first('lxc.tty.max', 'lxc.tty');
  const count = text === undefined ? 0 : decimal(text, 'failed to parse int', { max: 2 ** 31 - 1 });
  if (count > MAX_CONSOLES)
    throw internalError(`failed to parse int: '${text}': a container can have ${MAX_CONSOLES} consoles`);
  return Array.from({ length: count }, () => ({ type: 'pty', target: { type: 'lxc' } }));
}

/** As many terminals as the kernel gives to one instance of devpts on most hosts. */
const MAX_CONSOLES = 4096;

/** lxcSetIdmap: the first number is an id of the host, the second the one it has in the container. */
function readIdmap(conf: LxcConf): DomainDef['idmap'] {
  const idmap: NonNullable<DomainDef['idmap']> = { uid: [], gid: [] };
  for (const value of conf.all('lxc.id_map', 'lxc.idmap')) {
    const [, type = '', target, start, count] = /^\s*(\S)\s+(\d+)\s+(\d+)\s+(\d+)/.exec(value) ?? [];
    const numbers = [target, start, count].map(Number);
    if (numbers.some((number) => !(number < 2 ** 32))) throw internalError(`invalid lxc.id_map: '${value}'`);
    if (type !== 'u' && type !== 'g')
      throw internalError(`invalid lxc.id_map: '${value}' maps neither users (u) nor groups (g)`);
    idmap[type === 'u' ? 'uid' : 'gid'].push({ start: Number(start), target: Number(target), count: Number(count) });
  }
  // Without users there is no mapping.
  return idmap.uid.length > 0 ? idmap : undefined;
}
