import {
  type DomainDef,
  type XmlNode,
  childOf,
  formatDomain,
  parseDomain,
  parseDomainNode,
  readXml,
} from '@virtkit/core/conf';
import { join } from 'node:path';
import { DomainXMLFlags } from '@virtkit/core/util';
import type { QemuHost } from '../host/qemu-host.js';
import { hostPcieDevice } from '../addresses/index.js';
import type { QemuCaps } from '../capabilities/index.js';
import { formatQemuDomain } from '../xml/format.js';
import { qemuXmlOption } from '../xml/qemu-xml-option.js';
import type { QemuXmlRules } from '../xml/rules.js';
import { emulatorFor, HOST_ARCH } from './defaults.js';

/** For documents whose defaults were filled in when they were new. */
const complete = qemuXmlOption(xmlRules(undefined, ''));

/**
 * Reads the document of a new domain. Defaults depend on what its emulator can do, so that is found out first; nothing
 * else waits.
 */
export async function parseNewDomain(host: QemuHost, xml: string): Promise<DomainDef> {
  const root = readXml(xml);
  const caps = await host.capsOf(emulatorNamed(root));
  return parseDomainNode(root, qemuXmlOption(xmlRules(caps, host.dirs.lib)), { abiUpdate: true });
}

function xmlRules(caps: QemuCaps | undefined, libDir: string): QemuXmlRules {
  return {
    caps,
    emulatorFor,
    hostArch: HOST_ARCH,
    isPcieDevice: hostPcieDevice,
    channelDirs: [join(libDir, 'channel'), '/var/lib/libvirt/qemu/channel', '/run/libvirt/qemu/channel'],
    nvramDir: join(libDir, 'nvram'),
  };
}

function emulatorNamed(root: XmlNode): string {
  const devices = childOf(root, 'devices');
  const named = devices && childOf(devices, 'emulator')?.text.trim();
  if (named) return named;
  const os = childOf(root, 'os');
  return emulatorFor((os && childOf(os, 'type')?.attrs.arch) ?? HOST_ARCH);
}

/** Reads a definition that was saved: its checks were made when it was new. */
export function parseStoredDomain(xml: string): DomainDef {
  return parseDomain(xml, complete, { skipValidate: true });
}

/** Reads the domain of a status document. */
export function decodeStatusDomain(node: XmlNode): DomainDef {
  return parseDomainNode(node, complete, { inactive: false, status: true, skipValidate: true, skipPostParse: true });
}

/** The domain of a status document. */
export function formatStatusDomain(def: DomainDef): string {
  return formatDomain(def, complete, { inactive: false, secure: true, status: true });
}

/** A definition as it is saved: with its secrets. */
export function formatInactive(def: DomainDef): string {
  return formatDomain(def, complete, { inactive: true, secure: true });
}

const texts = new WeakMap<DomainDef, Map<number, string>>();

/** virDomainGetXMLDesc. Definitions are replaced, never changed, so a text stays right as long as its definition lives. */
export function formatDomainXml(def: DomainDef, flags: number): string {
  let known = texts.get(def);
  if (known === undefined) texts.set(def, (known = new Map<number, string>()));
  let text = known.get(flags);
  if (text === undefined) {
    text = formatQemuDomain(def, complete, {
      inactive: def.id === undefined || (flags & DomainXMLFlags.INACTIVE) !== 0,
      secure: (flags & DomainXMLFlags.SECURE) !== 0,
      migratable: (flags & DomainXMLFlags.MIGRATABLE) !== 0,
    });
    known.set(flags, text);
  }
  return text;
}
