import {
  checkAbiStability,
  childOf,
  DOMAIN_DOCUMENT,
  type DomainDef,
  formatCpu,
  type GuestCpuDef,
  parseDomainNode,
  parseGuestCpu,
  readXml,
} from '@virtkit/core/conf';
import type { QemuDomain } from '../domain/domain.js';
import { factsOf, storedXmlOption, xmlOptionFor } from '../domain/xml.js';
import { configUnsupported, operationFailed } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { withoutOwner } from '../domain/owner.js';
import { formatQemuDomain } from '../xml/format.js';
import type { SaveImage } from './save-image.js';

/** The domain of an image, as other hosts and other versions understand it. */
export const savedXml = (def: DomainDef): string =>
  formatQemuDomain(withoutOwner(def), storedXmlOption, { inactive: true, secure: true, migratable: true });

/** The definition with the CPU that it was given rather than the one that came of it here. */
export function withOriginalCpu({ def, live }: QemuDomain): DomainDef {
  const cpu = live?.originalCpu;
  return cpu === undefined ? def : { ...def, cpu };
}

/** What an image says besides the domain: the CPU that the guest has. */
export function savedCookie({ cpu }: DomainDef): string | undefined {
  if (cpu === undefined) return undefined;
  const text = formatCpu(cpu)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');
  return `<cookie>\n${text}</cookie>\n`;
}

/** The CPU that the guest of an image has; undefined for what it is defined to have. */
export function cookieCpu({ cookie }: SaveImage): GuestCpuDef | undefined {
  if (cookie === undefined) return undefined;
  const root = readXml(cookie, 'cookie');
  if (childOf(root, 'cpu') === undefined) return undefined;
  const [text] = /<cpu[\s>][^]*<\/cpu>|<cpu[^>]*\/>/.exec(cookie) ?? [];
  if (text === undefined) throw operationFailed('failed to read cookie');
  return parseGuestCpu(text);
}

/** Reads a domain that was whole when it was written; what every guest of its machine has need not be in it. */
export async function parseSavedXml(host: QemuHost, xml: string): Promise<DomainDef> {
  const root = readXml(xml, DOMAIN_DOCUMENT);
  return parseDomainNode(root, await xmlOptionFor(host, factsOf(root)), { skipValidate: true });
}

/** Raises CONFIG_UNSUPPORTED unless the guest would not notice the difference. */
function assertSameGuest(source: DomainDef, target: DomainDef, cpu: GuestCpuDef | undefined): void {
  if (target.name !== source.name)
    throw configUnsupported(`Target domain name '${target.name}' does not match source '${source.name}'`);
  if (target.uuid !== source.uuid)
    throw configUnsupported(`Target domain uuid ${target.uuid} does not match source ${source.uuid}`);
  try {
    checkAbiStability(source, target);
  } catch (error) {
    // The document may tell the CPU that the guest has, in full.
    if (cpu === undefined) throw error;
    checkAbiStability({ ...source, cpu }, target);
  }
}

/** The definition that `xml` makes of a guest, if it may; without it the guest's own. */
export async function updatedDefinition(
  host: QemuHost,
  source: DomainDef,
  xml: string | null,
  cpu: GuestCpuDef | undefined,
): Promise<DomainDef> {
  if (xml === null) return source;
  const target = await parseSavedXml(host, xml);
  // Both as they come from a document.
  const own = await parseSavedXml(host, savedXml(source));
  assertSameGuest(own, await parseSavedXml(host, savedXml(target)), cpu);
  return target;
}
