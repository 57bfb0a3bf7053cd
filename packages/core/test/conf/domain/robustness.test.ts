import { copyDef, domain, type ElementCodec, formatDomain, parseDomain } from '@virtkit/core/conf';
import { LibvirtError } from '@virtkit/core/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

type Codec = ElementCodec<unknown>;

/** Values that mean something somewhere, and some that do nowhere. */
const values = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '-1',
    '4294967296',
    '99999999999999999999',
    '0x10',
    'on',
    'off',
    'yes',
    'no',
    'vda',
    'sda',
    'hda',
    '/x',
    '0-3',
    '0,^0',
    '1.2.3',
    '10.0.0.1',
    'c7a5fdbd-edaf-9455-926a-d65c16db1809',
    '52:54:00:00:00:01',
    'virtio',
    'pci',
    'usb',
    'KiB',
    '__proto__',
  ),
  fc.string({ maxLength: 6 }).map((text) => text.replace(/[<&'"\p{Cc}\p{Cs}\ufffe\uffff]/gu, '')),
);

/** Documents made from the codecs themselves: known names with any values, required or not, in any number and order. */
function documents(codec: Codec, depth: number): fc.Arbitrary<string> {
  const doc = codec.describe();
  const branches = doc.variants === undefined ? [undefined] : [...doc.variants.branches.keys()];
  return fc.constantFrom(...branches).chain((branch) => {
    const fields = [...doc.fields, ...((branch && doc.variants?.branches.get(branch)) || [])];
    const attributes = fields.filter(({ kind }) => kind === 'attribute');
    const elements = fields.flatMap((field): fc.Arbitrary<string>[] => {
      const inner = field.codec?.();
      if (inner !== undefined) return depth === 0 ? [] : [documents(inner, depth - 1)];
      if (field.kind === 'leaf' || field.kind === 'leaves')
        return [values.map((value) => `<${field.name}>${value}</${field.name}>`)];
      if (field.kind === 'flag' || field.kind === 'raw') return [fc.constant(`<${field.name}/>`)];
      return (field.covers?.elements ?? []).flatMap((part) =>
        typeof part === 'string' || depth === 0 ? [] : [documents(part, depth - 1)],
      );
    });
    const attrs = attributes.map(({ name, type }) => {
      const likely =
        name === doc.variants?.tag
          ? fc.constant(branch ?? '')
          : (type?.values ?? []).length > 0
            ? fc.constantFrom(...(type?.values ?? []))
            : values;
      return fc
        .option(fc.oneof({ weight: 8, arbitrary: likely }, { weight: 1, arbitrary: values }), { freq: 4 })
        .map((value) => (value === null ? '' : ` ${name}='${value}'`));
    });
    return fc
      .tuple(
        fc.tuple(...attrs),
        elements.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...elements), { maxLength: 5 }),
        values,
      )
      .map(
        ([start, content, text]) =>
          `<${codec.name}${start.join('')}>${content.length > 0 ? content.join('') : text}</${codec.name}>`,
      );
  });
}

const known = domain.describe().fields;
const partOf = (key: string): Codec => known.find((field) => field.key === key)?.codec?.() as Codec;
const parts = known.flatMap(({ codec }) => {
  const inner = codec?.();
  return inner === undefined || inner.name === 'devices' || inner.name === 'os' ? [] : [documents(inner, 3)];
});

const document = fc
  .tuple(fc.array(fc.oneof(...parts), { maxLength: 4 }), documents(partOf('devices'), 4))
  .map(
    ([more, devices]) =>
      `<domain type='kvm'><name>x</name><memory>1024</memory><os><type>hvm</type></os>${more.join('')}${devices}</domain>`,
  );

describe('parseDomain', () => {
  it('answers every document with a definition or LibvirtError, at once', () => {
    let accepted = 0;
    fc.assert(
      fc.property(document, (xml) => {
        const start = performance.now();
        try {
          const def = parseDomain(xml);
          accepted++;
          const text = formatDomain(def);
          expect(formatDomain(copyDef(def))).toBe(text);
          // What was written is read again without complaint about its grammar.
          parseDomain(text, undefined, { skipValidate: true });
        } catch (error) {
          if (!LibvirtError.is(error)) throw error;
        }
        expect(performance.now() - start).toBeLessThan(500);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(50);
  }, 60_000);
});
