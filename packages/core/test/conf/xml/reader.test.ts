import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readXmlFast } from '../../../src/conf/xml/fast-xml-reader.js';
import type { XmlNode } from '../../../src/conf/xml/node.js';
import { readXml } from '../../../src/conf/xml/reader.js';

const readers = [
  ['saxes', readXml],
  ['fast-xml-parser', readXmlFast],
] as const;

const shape = (node: XmlNode): unknown => ({
  name: node.name,
  ns: node.ns,
  attrs: { ...node.attrs },
  text: node.text,
  children: node.children.map(shape),
  ...(node.mixed && {
    mixed: node.mixed.map((part) => (typeof part === 'object' && 'name' in part ? part.name : part)),
  }),
});

function refusal(run: () => unknown): LibvirtError {
  try {
    run();
  } catch (error) {
    if (LibvirtError.is(error)) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe.each(readers)('readXml with %s', (_name, read) => {
  it.each([
    ['nothing', ''],
    ['only blanks', ' \n'],
    ['text only', 'domain'],
    ['two roots', '<a/><b/>'],
    ['trailing junk', '<a/>junk'],
    ['raw < in an attribute', "<a b='<'/>"],
    ['an undefined entity', '<a>&nbsp;</a>'],
    ['an undefined entity in an attribute', "<a b='&x;'/>"],
    ['a bare &', '<a>a & b</a>'],
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a DOCTYPE with entities', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an attribute twice', "<a b='1' b='2'/>"],
    ['an attribute without quotes', '<a b=1/>'],
    ['an unclosed tag', '<a><b></a>'],
    ['an unclosed root', '<a>'],
    ['an end without start', '<a/></b>'],
    ['an end inside a tag', '<a b="1'],
    ['a reference to a forbidden character', '<a>&#0;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['an unclosed comment', '<a><!-- </a>'],
    ['an unclosed CDATA', '<a><![CDATA[ </a>'],
    ['a late XML declaration', "<a/><?xml version='1.0'?>"],
  ])('refuses %s', (_what, text) => {
    const error = refusal(() => read(text));
    expect(error.code).toBe(ErrorCode.XML_DETAIL);
    expect(error.domain).toBe(ErrorDomain.XML);
    expect(error.detail).toMatch(/at line \d+, column \d+$/);
  });

  it('says where the fault is', () => {
    expect(refusal(() => read('<a>\n <b>\n </c>\n</a>')).detail).toMatch(/at line 3, column \d+$/);
  });

  it('accepts 256 levels and no more', () => {
    const nested = (levels: number): string => '<a>'.repeat(levels) + '</a>'.repeat(levels);
    expect(read(nested(256)).name).toBe('a');
    expect(refusal(() => read(nested(257))).detail).toContain('nested deeper');
  });

  it('refuses a document that is too long', () => {
    expect(refusal(() => read(`<a>${'x'.repeat(10_000_000)}</a>`)).detail).toContain('longer than');
  });

  it('decodes references, keeps CDATA, drops comments and processing instructions', () => {
    const node = read("<?xml version='1.0'?><a b='&lt;&#65;&#x42;&quot;'>&amp;&#67;<![CDATA[<x>]]><?pi x?></a>");
    expect(node.attrs.b).toBe('<AB"');
    expect(node.text).toBe('&C<x>');
  });

  it('matches namespaces by URI and leaves unbound prefixes alone', () => {
    const node = read("<a xmlns:q='urn:q'><q:b/><c xmlns='urn:d'><d/></c><u:e/><f/></a>");
    const [b, c, e, f] = node.children;
    expect([b?.name, b?.ns]).toEqual(['b', 'urn:q']);
    expect([c?.ns, c?.children[0]?.ns]).toEqual(['urn:d', 'urn:d']);
    expect([e?.name, e?.ns]).toEqual(['u:e', '']);
    expect(f?.ns).toBe('');
  });
});

const names = fc.constantFrom('a', 'b', 'disk', 'q:x', 'c-d');
const words = fc.string({ unit: fc.constantFrom('a', '&', '<', "'", '"', ' ', '\n', 'é', ']', '0'), maxLength: 8 });
const escape = (text: string): string =>
  text.replace(/[&<>'"\n]/g, (c) =>
    c === '\n' ? '&#10;' : { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' }[c]!,
  );
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      names,
      fc.dictionary(fc.constantFrom('x', 'y', 'z:w'), words, { noNullPrototype: true }),
      fc.array(fc.oneof({ depthSize: 'small' }, words.map(escape), tie('element'), fc.constant('<!-- c -->')), {
        maxLength: 4,
      }),
    )
    .map(([name, attrs, content]) => {
      const written = Object.entries(attrs).map(([key, value]) => ` ${key}='${escape(value)}'`);
      return content.length === 0
        ? `<${name}${written.join('')}/>`
        : `<${name}${written.join('')}>${content.join('')}</${name}>`;
    }),
}));

describe('readXml', () => {
  it('is not fooled by names of Object.prototype', () => {
    const node = readXml("<a __proto__='x' constructor='y'><toString/></a>");
    expect(node.attrs['__proto__']).toBe('x');
    expect(node.attrs.constructor).toBe('y');
    expect(node.children[0]?.name).toBe('toString');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('both readers', () => {
  it('give the same tree', () => {
    fc.assert(
      fc.property(element, (text) => {
        expect(shape(readXmlFast(text))).toEqual(shape(readXml(text)));
      }),
      { numRuns: 300 },
    );
  });

  it('raise nothing but LibvirtError, whatever they are given', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.constantFrom('<', '>', '/', '&', "'", '=', '!', '', '<!DOCTYPE x>')), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(element, edits, (text, changes) => {
        for (const [at, insert] of changes)
          text = text.slice(0, at % text.length) + insert + text.slice((at % text.length) + 1);
        for (const [, read] of readers)
          try {
            read(text);
          } catch (error) {
            expect(LibvirtError.is(error)).toBe(true);
          }
      }),
      { numRuns: 500 },
    );
  });
});
