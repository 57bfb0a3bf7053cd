import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  domain,
  domainXmlOption,
  type DomainDef,
  formatDomain,
  formatDomainStatus,
  formatPrivate,
  type Json,
  modelFromJson,
  modelToJson,
  parseDomain,
  parseDomainStatus,
  postParseDomain,
  readXml,
  type XmlNode,
} from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../../..');
const shared = process.env.VIRTKIT_SHARED ?? join(root, '../shared');
const family = join(shared, 'corpus/dev/domain-test');

/** What libvirt's test driver does on top of what all drivers do: names, and the card a screen is shown on. */
const testDriver = domainXmlOption({
  features: [
    'memory-hotplug',
    'offline-vcpupin',
    'individual-vcpus',
    'user-alias',
    'fw-autoselect',
    'net-model-string',
  ],
  postParse: {
    basic: (def) => {
      def.os.type.arch ??= 'i686';
    },
    domain: nameInterfaces,
    device({ kind, device }, def) {
      if (kind !== 'video' || (device.model?.type ?? 'default') !== 'default') return;
      device.model = { ...device.model, type: screenOf(def) };
    },
  },
});

function screenOf({ type, os }: DomainDef): 'xen' | 'vga' | 'cirrus' {
  if (type === 'xen' && os.type.value !== 'hvm') return 'xen';
  return os.type.arch?.startsWith('ppc64') === true ? 'vga' : 'cirrus';
}

function nameInterfaces({ devices }: DomainDef): void {
  const taken = new Set(devices.interface.map(({ target }) => target?.dev));
  let next = 0;
  for (const net of devices.interface) {
    if (net.target?.dev !== undefined) continue;
    while (taken.has(`testnet${next}`)) next++;
    net.target = { ...net.target, dev: `testnet${next++}` };
  }
}

interface Golden {
  readonly ok?: boolean;
  readonly err?: readonly [number, number, string];
  readonly xml?: readonly string[];
}

/** Attributes in any order, white space as it may be; identities that were made up are all alike. */
function canonical(node: XmlNode, known: string): unknown {
  const same = (value: string): string =>
    value
      .replace(/52:54:00:(@MAC\d+@|([0-9a-f]{2}:?){3})/g, (mac) => (known.includes(mac) ? mac : '@MAC@'))
      .replace(/@UUID\d+@|[0-9a-f]{8}-[0-9a-f-]{27}/g, (uuid) =>
        known.replaceAll('-', '').includes(uuid.replaceAll('-', '')) ? uuid : '@UUID@',
      );
  const attrs = Object.entries(node.attrs).map(([name, value]) => `${name}=${same(value)}`);
  return [node.qname, attrs.sort(), same(node.text.trim()), node.children.map((child) => canonical(child, known))];
}

interface Tally {
  cases: number;
  accept: number;
  code: number;
  refused: number;
  xml: number;
  accepted: number;
}

describe.skipIf(!existsSync(family))('domains as the test driver of libvirt 9.0.0 reads and prints them', () => {
  it('accepts, refuses and prints the same', { timeout: 120_000 }, () => {
    const load = <T>(name: string): T => JSON.parse(readFileSync(join(family, name), 'utf8')) as T;
    const { cases } = load<{ cases: { case: string; in: string }[] }>('manifest.json');
    const golden = load<Record<string, Record<string, Golden>>>('golden.json');
    const tally: Tally = { cases: 0, accept: 0, code: 0, refused: 0, xml: 0, accepted: 0 };
    const wrong: string[] = [];
    for (const item of cases) {
      const text = readFileSync(join(family, item.in), 'utf8');
      const want = golden[item.case]?.define ?? {};
      let out: string | undefined;
      let error: LibvirtError | undefined;
      const start = performance.now();
      try {
        const def = parseDomain(text, testDriver);
        out = formatDomain(def, testDriver);
        // What is complete stays as it is: devices are added to stored definitions and the whole completed again.
        postParseDomain(def, testDriver);
        expect(formatDomain(def, testDriver), item.case).toBe(out);
        const json = JSON.parse(JSON.stringify(modelToJson(def))) as Json;
        expect(formatDomain(modelFromJson(domain, json), testDriver), item.case).toBe(out);
      } catch (thrown) {
        if (!LibvirtError.is(thrown)) throw thrown;
        error = thrown;
      }
      expect(performance.now() - start, item.case).toBeLessThan(2000);
      tally.cases++;
      if ((want.ok === true) === (out !== undefined)) tally.accept++;
      else wrong.push(`${item.case}: ${error?.message ?? `accepted, not ${String(want.err)}`}`);
      if (want.err !== undefined) {
        tally.refused++;
        if (error?.code === want.err[0]) tally.code++;
        else wrong.push(`${item.case}: code ${String(error?.code)}, not ${want.err[0]}`);
      }
      const lines = golden[item.case]?.xml?.xml;
      if (lines === undefined) continue;
      tally.accepted++;
      const known = text.toLowerCase();
      const differs =
        out === undefined ||
        JSON.stringify(canonical(readXml(out), known)) !== JSON.stringify(canonical(readXml(lines.join('\n')), known));
      if (differs) wrong.push(`${item.case}: other XML`);
      else tally.xml++;
    }
    const share = (part: number, whole: number): number => (100 * part) / whole;
    console.info(
      `domain-test: ${tally.cases} cases, accept ${share(tally.accept, tally.cases).toFixed(1)} %, ` +
        `code ${share(tally.code, tally.refused).toFixed(1)} %, xml ${share(tally.xml, tally.accepted).toFixed(1)} %`,
    );
    expect(share(tally.accept, tally.cases), wrong.join('\n')).toBeGreaterThanOrEqual(99);
    expect(share(tally.code, tally.refused), wrong.join('\n')).toBeGreaterThanOrEqual(97);
    expect(share(tally.xml, tally.accepted), wrong.join('\n')).toBeGreaterThanOrEqual(99);
  });
});

const statusFamily = join(shared, 'corpus/dev/qemu-status/in');

describe.skipIf(!existsSync(statusFamily))('status documents of libvirt 9.0.0', () => {
  it('are written back as they were read', () => {
    const files = readdirSync(statusFamily);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const text = readFileSync(join(statusFamily, file), 'utf8');
      const status = parseDomainStatus(text, testDriver);
      const out = formatDomainStatus(status, formatPrivate(status.private), testDriver);
      expect(canonical(readXml(out), text), file).toEqual(canonical(readXml(text), text));
    }
  });
});
