import { formatSecret, parseSecret, secretUsageId } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';
import { corpusCases, differences, hasCorpus } from './corpus.js';

describe('secret', () => {
  it('says what it is used for', () => {
    const def = parseSecret("<secret private='yes'><usage type='iscsi'><target>t</target></usage></secret>");
    expect(def).toMatchObject({ private: true, ephemeral: false });
    expect(secretUsageId(def)).toBe('t');
    expect(secretUsageId(parseSecret('<secret/>'))).toBeUndefined();
  });

  it.each([
    ["<secret ephemeral='x'/>", ErrorCode.XML_ERROR],
    ["<secret><usage type='volume'/></secret>", ErrorCode.INTERNAL_ERROR],
    ["<secret><usage type='x'/></secret>", ErrorCode.CONFIG_UNSUPPORTED],
    ['<secret><uuid>1</uuid></secret>', ErrorCode.INTERNAL_ERROR],
  ])('refuses %s', (text, code) => {
    expect(() => parseSecret(text)).toThrow(expect.objectContaining({ code, domain: ErrorDomain.SECRET }));
  });

  it.skipIf(!hasCorpus)('answers as libvirt on its test inputs (skipped without ../shared)', () => {
    expect(differences(corpusCases('secret'), 'define', 'xml', (text) => formatSecret(parseSecret(text)))).toEqual([]);
  });
});
