import { describe, expect, it } from 'vitest';
import { type DomainDef, DomainTexts, formatDomain, parseDomain, plainXmlOption } from '../../../src/conf/index.js';

const domainOf = (name: string, devices = ''): DomainDef =>
  parseDomain(
    `<domain type='test'><name>${name}</name><memory>1024</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>`,
  );

/** Counts how often it writes. */
function counting(limit?: number) {
  const written: string[] = [];
  const texts = new DomainTexts((def, format) => {
    written.push(def.name);
    return formatDomain(def, plainXmlOption, format);
  }, limit);
  return { texts, written };
}

describe('DomainTexts', () => {
  it('writes a definition once, for all who may read it', () => {
    const { texts, written } = counting();
    const def = domainOf('one');
    const text = texts.of(def, { secure: true });
    expect(text).toBe(formatDomain(def, plainXmlOption, { secure: true }));
    expect(texts.of(def)).toBe(text);
    expect(written).toEqual(['one']);
    // Another definition of the name is another document.
    expect(texts.of(domainOf('one', "<disk type='file' device='cdrom'><target dev='sda'/></disk>"))).toContain('<disk');
  });

  it('shows passwords only to those who may see them, in whatever order they ask', () => {
    const graphics = "<graphics type='vnc' passwd='hidden'/>";
    for (const order of [
      [true, false, true],
      [false, true, false],
    ]) {
      const { texts } = counting();
      const def = domainOf('locked', graphics);
      for (const secure of order) expect(texts.of(def, { secure }).includes("passwd='hidden'")).toBe(secure);
    }
  });

  it('tells running and stopped, and old hosts and new, apart', () => {
    const { texts } = counting();
    const def = { ...domainOf('live'), id: 7 };
    expect(texts.of(def, { inactive: false })).toContain("id='7'");
    expect(texts.of(def, { inactive: true })).not.toContain("id='7'");
    expect(texts.of(def, { inactive: true, migratable: true })).toBe(
      formatDomain(def, plainXmlOption, { migratable: true }),
    );
  });

  it('keeps no more than it may, and writes anew what had to make room', () => {
    const defs = ['a', 'b', 'c'].map((name) => domainOf(name));
    const { texts, written } = counting(2 * formatDomain(defs[0]!).length);
    for (const def of [...defs, defs[2]!, defs[0]!]) expect(texts.of(def)).toBe(formatDomain(def));
    expect(written).toEqual(['a', 'b', 'c', 'a']);
  });
});
