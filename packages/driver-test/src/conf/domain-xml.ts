import {
  type DomainDef,
  type DomainDevice,
  type DomainParseOptions,
  domainXmlOption,
  formatDomain,
  type InterfaceDef,
  parseDomain,
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
  postParse: { basic: settleArch, device: settleVideo, domain: nameInterfaces },
});

/** Guests are of the architecture of the pretended host unless they say otherwise. */
function settleArch({ os }: DomainDef): void {
  os.type.arch ??= 'i686';
}

/** testDomainDevicesPostParse: the card of a guest that names none. */
function settleVideo({ kind, device }: DomainDevice, { os }: DomainDef): void {
  if (kind !== 'video' || (device.model?.type ?? 'default') !== 'default') return;
  const { value, arch } = os.type;
  const type = value === 'xen' || value === 'linux' ? 'xen' : arch?.startsWith('ppc64') === true ? 'vga' : 'cirrus';
  device.model = { ...device.model, type };
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
    net.target ??= {};
    net.target.dev = `${NET_PREFIX}${next++}`;
  }
}

/** Reads a domain under this driver's rules. */
export const parseTestDomain = (xml: string, options: DomainParseOptions = {}): DomainDef =>
  parseDomain(xml, testXmlOption, options);

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

/** virDomainDefCopy as snapshots take it: without what only newer hosts understand. */
export function migratableCopy(def: DomainDef): DomainDef {
  return parseTestDomain(formatTestDomain(def, { secure: true, migratable: true }), { skipValidate: true });
}
