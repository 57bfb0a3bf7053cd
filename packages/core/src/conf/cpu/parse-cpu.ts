import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { childOf, custom, elementOf, PLAIN, readXml, validateDocument, type XmlNode } from '../xml/index.js';
import { guestCpu, guestCpuFields, hostCpu } from './cpu-codec.js';
import { isHostCpu, type CpuDef, type GuestCpuDef, type HostCpuDef } from './cpu-def.js';

/** What may stand in a guest's CPU outside of a domain. */
const guestGrammar = elementOf<Omit<GuestCpuDef, 'arch'> & { numa?: never }>('cpu', {
  ...guestCpuFields,
  numa: custom<never>({
    reason: 'only a domain has use for it',
    covers: { elements: ['numa'] },
    decode: () => undefined,
  }),
});

/** virCPUDefParseXMLString with type auto: a CPU with an architecture is a host's, any other a guest's. */
export function parseCpu(text: string): CpuDef {
  const node = cpuNode(text);
  const host = childOf(node, 'arch') !== undefined;
  if (host && node.attrs.match !== undefined) {
    throw xmlError(`'arch' element cannot be used inside 'cpu' element with 'match' attribute`);
  }
  return host ? decodeHost(node) : guestCpu.decode(node, PLAIN);
}

/** What VIR_CONNECT_COMPARE_CPU_VALIDATE_XML asks for; XML_INVALID_SCHEMA for a description that does not fit. */
export async function validateCpu(text: string): Promise<void> {
  const host = childOf(cpuNode(text), 'arch') !== undefined;
  await (host ? validateDocument('cpu', hostCpu, text) : validateDocument('cpu', guestGrammar, text));
}

/** virCPUDefParseXMLString with type host. */
export function parseHostCpu(text: string): HostCpuDef {
  return decodeHost(cpuNode(text));
}

/** virCPUDefParseXMLString with type guest. */
export function parseGuestCpu(text: string): GuestCpuDef {
  return guestCpu.decode(cpuNode(text), PLAIN);
}

/** virCPUDefFormat */
export function formatCpu(cpu: CpuDef): string {
  return isHostCpu(cpu) ? hostCpu.encode(cpu, 0, PLAIN) : guestCpu.encode(cpu, 0, PLAIN);
}

function decodeHost(node: XmlNode): HostCpuDef {
  if (node.attrs.mode !== undefined) {
    throw new LibvirtError(
      ErrorCode.CONFIG_UNSUPPORTED,
      ErrorDomain.CPU,
      'Attribute mode is only allowed for guest CPU',
    );
  }
  return hostCpu.decode(node, PLAIN);
}

function cpuNode(text: string): XmlNode {
  const node = readXml(text, 'CPU_definition');
  if (node.name !== 'cpu') throw xmlError(`XML does not contain expected 'cpu' element but <${node.name}>`);
  return node;
}

function xmlError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.CPU, detail);
}
