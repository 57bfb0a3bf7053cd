import {
  blkioChange,
  blkioParams,
  type DomainDef,
  domainMetadata,
  memoryChange,
  memoryParams,
  parseDomain,
  withDomainMetadata,
} from '@virtkit/core/conf';
import {
  DomainMetadataType,
  ErrorDomain,
  LibvirtError,
  type TypedParams,
  TypedParamsBuilder,
  validateParams,
} from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const DOMAIN = parseDomain("<domain type='test'><name>a</name><memory>1000</memory><os><type>hvm</type></os></domain>");
const values = (params: TypedParams) => Object.fromEntries(params.map(({ field, value }) => [field, value]));
const build = () => new TypedParamsBuilder();

function codeOf(work: () => unknown): number | undefined {
  try {
    work();
  } catch (error) {
    if (LibvirtError.is(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe('validateParams', () => {
  const known = { weight: 'UINT', name: 'STRING' } as const;

  it.each([
    ['what is known', build().uint('weight', 1).string('name', 'x'), undefined],
    ['a name that is not known', build().uint('height', 1), 74],
    ['a known name of another type', build().ullong('weight', 1), 8],
    ['a name given twice', build().uint('weight', 1).uint('weight', 2), 8],
  ])('%s', (_what, { params }, code) => {
    expect(codeOf(() => validateParams(params, known))).toBe(code);
  });
});

describe('memory parameters', () => {
  const set = (def: DomainDef, params: TypedParams) => memoryChange(params, ErrorDomain.DOMAIN)(def);

  it('are without limit until they are set, and again with the largest number', () => {
    const unlimited = 9_007_199_254_740_991n;
    expect(values(memoryParams(DOMAIN))['hard_limit']).toBe(unlimited);
    const limited = set(DOMAIN, build().ullong('hard_limit', 500).params);
    expect(values(memoryParams(limited))).toEqual({
      hard_limit: 500n,
      soft_limit: unlimited,
      swap_hard_limit: unlimited,
    });
    expect(values(memoryParams(set(limited, build().ullong('hard_limit', unlimited).params)))).toEqual(
      values(memoryParams(DOMAIN)),
    );
    expect(DOMAIN.memtune).toBeUndefined();
  });

  it('leave room for swap', () => {
    const limited = set(DOMAIN, build().ullong('hard_limit', 500).params);
    expect(codeOf(() => set(limited, build().ullong('swap_hard_limit', 499).params))).toBe(8);
    expect(codeOf(() => set(limited, build().ullong('swap_hard_limit', 500).params))).toBeUndefined();
  });
});

describe('block I/O parameters', () => {
  const set = (def: DomainDef, field: string, text: string) => blkioChange(build().string(field, text).params)(def);

  it('gather what is said of a device, and forget it at 0', () => {
    let def = set(DOMAIN, 'device_weight', '/dev/a,300,/dev/b,200');
    def = set(def, 'device_read_iops_sec', '/dev/b,7');
    expect(def.blkiotune?.device).toEqual([
      { path: '/dev/a', weight: 300 },
      { path: '/dev/b', weight: 200, read_iops_sec: 7 },
    ]);
    def = set(def, 'device_weight', '/dev/a,0,/dev/b,0');
    expect(def.blkiotune?.device).toEqual([{ path: '/dev/b', read_iops_sec: 7 }]);
    expect(values(blkioParams(def))).toMatchObject({ weight: 0, device_weight: '', device_read_iops_sec: '/dev/b,7' });
  });

  it.each(['/dev/a', '/dev/a,x', '/dev/a,-1', '/dev/a,4294967296', ',5', '/dev/a,1,'])('refuse %j', (text) => {
    expect(codeOf(() => set(DOMAIN, 'device_weight', text))).toBe(8);
  });
});

describe('metadata', () => {
  const { TITLE, DESCRIPTION, ELEMENT } = DomainMetadataType;

  it('is set, read and removed', () => {
    for (const type of [TITLE, DESCRIPTION]) {
      const def = withDomainMetadata(DOMAIN, type, 'text', null, null);
      expect(domainMetadata(def, type, null)).toBe('text');
      expect(codeOf(() => domainMetadata(withDomainMetadata(def, type, null, null, null), type, null))).toBe(80);
    }
    const def = withDomainMetadata(DOMAIN, ELEMENT, '<a>b</a>', 'k', 'urn:x');
    expect(domainMetadata(def, ELEMENT, 'urn:x')).toBe('<a>b</a>');
    expect(codeOf(() => domainMetadata(def, ELEMENT, 'urn:y'))).toBe(80);
  });

  it('is refused where it cannot be kept', () => {
    for (const [type, text, key, uri] of [
      [TITLE, 'a\nb', null, null],
      [ELEMENT, '<a/>', 'k', null],
      [ELEMENT, '<a/>', null, 'urn:x'],
      [9, 'x', null, null],
    ] as const)
      expect(codeOf(() => withDomainMetadata(DOMAIN, type, text, key, uri))).toBe(8);
    expect(codeOf(() => domainMetadata(DOMAIN, 9, null))).toBe(8);
  });
});
