import { describe, expect, it } from 'vitest';
import { formatCpu, parseCpu, parseGuestCpu, parseHostCpu, validateCpu } from '@virtkit/core/conf';
import { ErrorCode, type LibvirtError } from '@virtkit/core/util';

function refusal(work: () => unknown): LibvirtError {
  try {
    work();
  } catch (error) {
    return error as LibvirtError;
  }
  throw new Error('not refused');
}

const guest = (xml: string) => formatCpu(parseGuestCpu(xml)).trimEnd();

describe('<cpu> of a guest', () => {
  it('is printed with what it says without words', () => {
    expect(guest(`<cpu><model>Nehalem</model><feature name='aes'/></cpu>`)).toBe(
      `<cpu mode='custom' match='exact'>
  <model fallback='allow'>Nehalem</model>
  <feature policy='require' name='aes'/>
</cpu>`,
    );
    expect(guest(`<cpu><topology sockets='2' cores='4' threads='1'/></cpu>`)).toBe(
      `<cpu>
  <topology sockets='2' dies='1' cores='4' threads='1'/>
</cpu>`,
    );
  });

  it.each([
    [`<cpu mode='host-model' match='strict'/>`, `<cpu mode='host-model'/>`],
    [`<cpu mode='host-model'><model fallback='forbid'/></cpu>`, `<cpu mode='host-model'/>`],
    [`<cpu mode='host-passthrough'><model>qemu64</model></cpu>`, `<cpu mode='host-passthrough'/>`],
    [`<cpu mode='maximum' migratable='on' check='none'/>`, `<cpu mode='maximum' check='none' migratable='on'/>`],
  ])('drops what its mode has no use for: %s', (xml, wanted) => {
    expect(guest(xml)).toBe(wanted);
  });

  it('keeps the fallback of a model still to come', () => {
    expect(parseGuestCpu(`<cpu mode='host-model'><model fallback='forbid'/></cpu>`).model).toEqual({
      fallback: 'forbid',
    });
  });

  it.each([
    [`<cpu mode='some'/>`, ErrorCode.CONFIG_UNSUPPORTED],
    [`<cpu match='nearly'/>`, ErrorCode.XML_ERROR],
    [`<cpu mode='host-model' migratable='on'/>`, ErrorCode.CONFIG_UNSUPPORTED],
    [`<cpu><vendor>Intel</vendor></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><feature name='aes'/></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><model fallback='maybe'>486</model></cpu>`, ErrorCode.CONFIG_UNSUPPORTED],
    [`<cpu><model vendor_id='short'>486</model></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><model vendor_id='has,commas,,'>486</model></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><model>486</model><feature/></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><model>486</model><feature name='a' policy='never'/></cpu>`, ErrorCode.CONFIG_UNSUPPORTED],
    [`<cpu><model>486</model><feature name='a'/><feature name='a'/></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><topology sockets='1' cores='1'/></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><topology sockets='0' cores='1' threads='1'/></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><cache mode='emulate' level='4'/></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><maxphysaddr bits='42'/></cpu>`, ErrorCode.XML_ERROR],
  ])('refuses %s', (xml, code) => {
    expect(refusal(() => parseGuestCpu(xml)).code).toBe(code);
  });
});

describe('<cpu> of a host', () => {
  const xml = `<cpu>
  <arch>x86_64</arch>
  <model>EPYC</model>
  <vendor>AMD</vendor>
  <microcode version='16777317'/>
  <signature family='25' model='17' stepping='1'/>
  <counter name='tsc' frequency='2596130000' scaling='no'/>
  <topology sockets='1' dies='1' cores='2' threads='1'/>
  <maxphysaddr mode='emulate' bits='48'/>
  <feature name='ht'/>
  <pages unit='KiB' size='4'/>
  <pages unit='KiB' size='2048'/>
</cpu>
`;

  it('comes back as it was', () => {
    expect(formatCpu(parseCpu(xml))).toBe(xml);
  });

  it('passes over counters it does not know', () => {
    const text = xml.replace('  <counter', `  <counter name='other' frequency='much'/>\n  <counter`);
    expect(formatCpu(parseHostCpu(text))).toBe(xml);
  });

  it.each([
    [`<cpu><model>486</model></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><arch>x86_64</arch></cpu>`, ErrorCode.XML_ERROR],
    [`<cpu><arch>pdp11</arch><model>486</model></cpu>`, ErrorCode.CONFIG_UNSUPPORTED],
    [`<cpu mode='custom'><arch>x86_64</arch><model>486</model></cpu>`, ErrorCode.CONFIG_UNSUPPORTED],
    [`<cpus/>`, ErrorCode.XML_ERROR],
    [`<cpu>`, ErrorCode.XML_DETAIL],
  ])('refuses %s', (text, code) => {
    expect(refusal(() => parseHostCpu(text)).code).toBe(code);
  });

  it('is told from a guest by its architecture', () => {
    expect(parseCpu(`<cpu><arch>x86_64</arch><model>486</model></cpu>`).arch).toBe('x86_64');
    expect(parseCpu(`<cpu><model>486</model></cpu>`).arch).toBeUndefined();
    expect(refusal(() => parseCpu(`<cpu match='exact'><arch>i686</arch><model>486</model></cpu>`)).code).toBe(
      ErrorCode.XML_ERROR,
    );
  });

  it('is validated on demand', async () => {
    const text = `<cpu><model>486</model><featur name='aes'/></cpu>`;
    expect(parseCpu(text).feature).toEqual([]);
    await expect(validateCpu(text)).rejects.toMatchObject({ code: ErrorCode.XML_INVALID_SCHEMA });
    const numa = `<cpu><numa><cell id='0' cpus='0' memory='1024'/></numa></cpu>`;
    await validateCpu(numa);
    expect(parseCpu(numa).feature).toEqual([]);
  });
});
