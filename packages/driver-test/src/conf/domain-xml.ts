import {
  domain,
  type DomainDef,
  type DomainParseOptions,
  domainXmlOption,
  formatDomain,
  type InterfaceDef,
  parseDomainNode,
  readXml,
  refuseUnknown,
} from '@virtkit/core/conf';

const NET_PREFIX = 'testnet';

/** The rules of this driver's domain documents. */
export const testXmlOption = domainXmlOption({
  features: [
    'memory-hotplug',
    'offline-vcpupin',
    'individual-vcpus',
    'user-alias',
    'fw-autoselect',
    'net-model-string',
  ],
  postParse: { basic: settleArch, domain: nameInterfaces },
});

/** Guests are of the architecture of the pretended host unless they say otherwise. */
function settleArch({ os }: DomainDef): void {
  os.type.arch ??= 'i686';
}

/** testDomainGenerateIfnames: an interface without a name on the host gets the first free `testnet`N. */
function nameInterfaces(def: DomainDef): void {
  const interfaces: readonly InterfaceDef[] = def.devices.interface;
  if (interfaces.length === 0) return;
  const taken = new Set(interfaces.map(({ target }) => target?.dev));
  let next = 0;
  for (const net of interfaces) {
    if (net.target?.dev) continue;
    while (taken.has(`${NET_PREFIX}${next}`)) next++;
    net.target = { ...net.target, dev: `${NET_PREFIX}${next++}` };
  }
}

/** Reads a domain under this driver's rules; `schema` also refuses names that the grammar does not know. */
export function parseTestDomain(
  xml: string,
  { schema = false, ...options }: DomainParseOptions & { readonly schema?: boolean } = {},
): DomainDef {
  const node = readXml(xml);
  if (schema) refuseUnknown(domain, node);
  return parseDomainNode(node, testXmlOption, { abiUpdate: true, ...options });
}

/** Writes a domain; `id` only of a running one. */
export function formatTestDomain(
  def: DomainDef,
  options: { readonly id?: number; readonly secure?: boolean; readonly migratable?: boolean } = {},
): string {
  const { id, secure = false, migratable = false } = options;
  return formatDomain(id === undefined ? def : { ...def, id }, testXmlOption, {
    inactive: id === undefined,
    secure,
    migratable,
  });
}
