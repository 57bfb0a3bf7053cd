import { describe, expect, it } from 'vitest';
import { type DomainCapabilities, formatDomainCapabilities, parseDomainCapabilities } from '@virtkit/core/conf';

const caps: DomainCapabilities = {
  path: '/usr/bin/qemu-system-x86_64',
  domain: 'kvm',
  machine: 'pc-q35-7.2',
  arch: 'x86_64',
  vcpu: { max: 288 },
  iothreads: { supported: true },
  os: {
    supported: true,
    firmware: ['efi'],
    loader: { supported: true, value: ['/a', '/b'], type: ['rom'], readonly: [], secure: ['no'] },
  },
  cpu: {
    hostPassthrough: { supported: true, hostPassthroughMigratable: ['on', 'off'] },
    maximum: { supported: false },
    hostModel: {
      supported: true,
      model: { fallback: 'forbid', name: 'EPYC' },
      vendor: 'AMD',
      feature: [{ policy: 'require', name: 'x2apic' }],
    },
    custom: { supported: true, model: [{ usable: 'no', deprecated: true, vendor: 'Intel', name: 'Conroe' }] },
  },
  memoryBacking: { supported: true, sourceType: ['file'] },
  devices: {
    disk: { supported: true, diskDevice: ['disk'], bus: ['virtio'], model: [] },
    tpm: { supported: false },
  },
  features: {
    gic: { supported: true, version: ['3'] },
    sev: { supported: true, cbitpos: 47, reducedPhysBits: 1, maxGuests: 0, maxESGuests: 0 },
    hyperv: { supported: true, features: ['relaxed', 'vendor_id'] },
  },
};

describe('domain capabilities', () => {
  it('are read back as they were written', () => {
    const xml = formatDomainCapabilities(caps);
    expect(parseDomainCapabilities(xml)).toEqual({
      ...caps,
      cpu: {
        ...caps.cpu,
        hostModel: { ...caps.cpu.hostModel, model: { fallback: 'forbid', name: 'EPYC' } },
      },
    });
  });

  it('write an empty list as known but impossible, an absent one not at all', () => {
    const xml = formatDomainCapabilities(caps);
    expect(xml).toContain("<enum name='readonly'/>");
    expect(xml).toContain("<enum name='model'/>");
    expect(xml).not.toContain('graphics');
  });

  it('give no details of what is not supported', () => {
    const tpm = { supported: false, model: ['tpm-tis'] };
    const xml = formatDomainCapabilities({ ...caps, devices: { tpm } });
    expect(xml).toContain("    <tpm supported='no'/>\n");
    expect(xml).toContain("    <mode name='maximum' supported='no'/>\n");
  });
});
