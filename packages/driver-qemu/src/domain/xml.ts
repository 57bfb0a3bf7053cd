import {
  arrangeDevices,
  copyDef,
  DOMAIN_DOCUMENT,
  type DomainDef,
  DomainTexts,
  type DomainXmlOption,
  type XmlNode,
  childOf,
  domain,
  formatDomain,
  parseDomain,
  parseDomainNode,
  readXml,
  validateDocument,
} from '@virtkit/core/conf';
import { join } from 'node:path';
import { DomainXMLFlags } from '@virtkit/core/util';
import type { QemuHost } from '../host/qemu-host.js';
import { hostPci } from '../addresses/index.js';
import type { QemuCaps } from '../capabilities/index.js';
import { formatQemuDomain } from '../xml/format.js';
import { qemuXmlOption } from '../xml/qemu-xml-option.js';
import type { QemuXmlRules } from '../xml/rules.js';
import { emulatorFor, HOST_ARCH } from './defaults.js';
import { withoutOwner } from './owner.js';

/** Where libvirt's domains keep their files. */
const STATE = '/var/lib/libvirt/qemu';

/** For documents whose defaults were filled in when they were new. */
export const storedXmlOption = qemuXmlOption({
  ...xmlRules({ emulator: undefined, caps: undefined }, '', undefined),
  emulatorFor,
});

/**
 * Reads the document of a new domain. Defaults depend on what its emulator can do, so that is found out first; nothing
 * else waits.
 */
export async function parseNewDomain(
  host: QemuHost,
  xml: string,
  { validate }: { readonly validate: boolean },
): Promise<DomainDef> {
  const root = readXml(xml, DOMAIN_DOCUMENT);
  if (validate) await validateDocument('domain', domain, xml);
  return parseDomainNode(root, await xmlOptionFor(host, factsOf(root)), { abiUpdate: true });
}

/** What the rules for a domain's documents depend on. */
interface DomainFacts {
  readonly emulator?: string | undefined;
  readonly arch?: string | undefined;
  /** False where no TPM is spoken of. */
  readonly tpm?: boolean;
}

/** The rules for documents of domains that `emulator` runs; if none is named, the installed one of an architecture. */
export async function xmlOptionFor(host: QemuHost, facts: DomainFacts): Promise<DomainXmlOption> {
  return (await xmlOptionWithCaps(host, facts)).option;
}

/** As {@link xmlOptionFor}, with what is known of the emulator: undefined where the rules refuse every document. */
export async function xmlOptionWithCaps(
  host: QemuHost,
  { emulator, arch, tpm = true }: DomainFacts,
): Promise<{ readonly option: DomainXmlOption; readonly caps: QemuCaps | undefined }> {
  const path = emulator ?? (await host.facts.emulator(arch ?? HOST_ARCH));
  const [caps, tpmVersions] = await Promise.all([
    path === undefined ? undefined : host.capsOf(path).catch((error: unknown) => ({ error })),
    tpm ? host.facts.swtpmVersions() : undefined,
  ]);
  const found =
    caps !== undefined && 'error' in caps
      ? { emulator: path, caps: undefined, problem: caps.error }
      : { emulator: path, caps };
  return { option: qemuXmlOption(xmlRules(found, host.dirs.lib, tpmVersions)), caps: found.caps };
}

interface FoundEmulator {
  readonly emulator: string | undefined;
  readonly caps: QemuCaps | undefined;
  /** Why nothing is known of the emulator. */
  readonly problem?: unknown;
}

function xmlRules(
  { emulator, caps, problem }: FoundEmulator,
  libDir: string,
  tpmVersions: readonly string[] | undefined,
): QemuXmlRules {
  return {
    caps,
    capsProblem: problem,
    tpmVersions,
    emulatorFor: () => emulator,
    hostArch: HOST_ARCH,
    stateDirs: [libDir || STATE, STATE],
    isPcieDevice: hostPci.isPcie,
    iommuGroup: hostPci.iommuGroup,
    channelDirs: [join(libDir, 'channel'), '/var/lib/libvirt/qemu/channel', '/run/libvirt/qemu/channel'],
    nvramDir: join(libDir, 'nvram'),
  };
}

/** What a document says of its emulator. */
export function factsOf(root: XmlNode): DomainFacts {
  const devices = childOf(root, 'devices');
  const os = childOf(root, 'os');
  return {
    emulator: (devices && childOf(devices, 'emulator')?.text.trim()) || undefined,
    arch: (os && childOf(os, 'type')?.attrs.arch) || undefined,
    tpm: devices !== undefined && childOf(devices, 'tpm') !== undefined,
  };
}

/** Reads a definition that was saved: its checks were made when it was new. */
export function parseStoredDomain(xml: string): DomainDef {
  return parseDomain(xml, storedXmlOption, { skipValidate: true });
}

/** Reads the domain of a status document. */
export function decodeStatusDomain(node: XmlNode): DomainDef {
  return parseDomainNode(node, storedXmlOption, {
    inactive: false,
    status: true,
    skipValidate: true,
    skipPostParse: true,
  });
}

/** The domain of a status document. */
export function formatStatusDomain(def: DomainDef): string {
  return formatDomain(def, storedXmlOption, { inactive: false, secure: true, status: true });
}

const texts = new DomainTexts((def, format) =>
  formatQemuDomain(
    format.inactive === true || format.migratable === true ? withoutOwner(def) : def,
    storedXmlOption,
    format,
  ),
);

/** A definition as it is saved: with its secrets. */
export const formatInactive = (def: DomainDef): string => texts.of(def, { inactive: true, secure: true });

/** libvirt shows a copy of what it updates, and copies by writing and reading, which puts devices in order. */
function readAnew(def: DomainDef): DomainDef {
  const copy = copyDef(def);
  arrangeDevices(copy);
  return copy;
}

/** virDomainGetXMLDesc */
export const formatDomainXml = (def: DomainDef, flags: number): string =>
  texts.of((flags & DomainXMLFlags.UPDATE_CPU) === 0 ? def : readAnew(def), {
    inactive: def.id === undefined || (flags & DomainXMLFlags.INACTIVE) !== 0,
    secure: (flags & DomainXMLFlags.SECURE) !== 0,
    migratable: (flags & DomainXMLFlags.MIGRATABLE) !== 0,
  });
