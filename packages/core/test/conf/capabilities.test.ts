import { describe, expect, it } from 'vitest';
import {
  formatCapabilities,
  guestCpu,
  hostCapsElement,
  guestCapsElement,
  hostCpu,
  parseCapabilities,
} from '@virtkit/core/conf';
import { type Codec, hasSchemas, rngCoverage } from './rng.js';

const text = `<capabilities>

  <host>
    <uuid>00112233-4455-6677-8899-aabbccddeeff</uuid>
    <cpu>
      <arch>x86_64</arch>
      <features>
        <pae/>
        <vmx/>
      </features>
      <model>EPYC</model>
      <vendor>AMD</vendor>
      <topology sockets='1' dies='1' cores='2' threads='1'/>
      <feature name='ht'/>
      <pages unit='KiB' size='4'/>
    </cpu>
    <power_management>
      <suspend_mem/>
    </power_management>
    <iommu support='no'/>
    <migration_features>
      <live/>
      <uri_transports>
        <uri_transport>tcp</uri_transport>
        <uri_transport>rdma</uri_transport>
      </uri_transports>
    </migration_features>
    <topology>
      <cells num='1'>
        <cell id='0'>
          <memory unit='KiB'>4810956</memory>
          <pages unit='KiB' size='4'>1202739</pages>
          <distances>
            <sibling id='0' value='10'/>
          </distances>
          <cache level='1' associativity='direct' policy='writeback'>
            <size value='10' unit='KiB'/>
            <line value='8' unit='B'/>
          </cache>
          <cpus num='2'>
            <cpu id='0' socket_id='0' die_id='0' core_id='0' siblings='0'/>
            <cpu id='1'/>
          </cpus>
        </cell>
      </cells>
      <interconnects>
        <latency initiator='0' target='0' type='read' value='5'/>
        <bandwidth initiator='0' target='0' type='access' value='204800' unit='KiB'/>
      </interconnects>
    </topology>
    <cache>
      <bank id='0' level='3' type='both' size='32' unit='MiB' cpus='0-1'>
        <control granularity='768' min='1536' unit='KiB' type='both' maxAllocs='4'/>
      </bank>
      <monitor level='3' reuseThreshold='270336' maxMonitors='176'>
        <feature name='llc_occupancy'/>
      </monitor>
    </cache>
    <memory_bandwidth>
      <node id='0' cpus='0-1'>
        <control granularity='10' min='10' maxAllocs='4'/>
      </node>
    </memory_bandwidth>
    <secmodel>
      <model>dac</model>
      <doi>0</doi>
      <baselabel type='kvm'>+64055:+64055</baselabel>
    </secmodel>
    <secmodel>
      <model>none</model>
      <doi></doi>
    </secmodel>
  </host>

  <guest>
    <os_type>hvm</os_type>
    <arch name='i686'>
      <wordsize>32</wordsize>
      <domain type='test'/>
    </arch>
  </guest>

</capabilities>
`;

describe('capabilities', () => {
  it('come back as they were', () => {
    expect(formatCapabilities(parseCapabilities(text))).toBe(text);
  });

  it('count cells and processors themselves', () => {
    const caps = parseCapabilities(text);
    caps.host.topology?.cells.cell[0]?.cpus?.cpu.pop();
    expect(formatCapabilities(caps)).toContain(`<cpus num='1'>`);
  });

  it('need no model of a CPU', () => {
    const caps = parseCapabilities(`<capabilities><host><cpu><arch>i686</arch></cpu></host></capabilities>`);
    expect(caps.host.cpu).toMatchObject({ arch: 'i686', feature: [] });
    expect(caps.guest).toEqual([]);
  });
});

describe.skipIf(!hasSchemas)('codecs against the RNG schemas of CPUs and capabilities', () => {
  it.each([
    ['hostcaps', 'host', hostCapsElement],
    ['guestcaps', 'guest', guestCapsElement],
    ['hostcpu', 'cpu', hostCpu],
    // A domain's <numa> is read by the domain's own codec.
    ['guestcpu', 'cpu', guestCpu, 'cpu/numa'],
  ] as const)('reads all of %s', (define, root, codec, elsewhere: string = '') => {
    const files = ['basictypes', 'cputypes', 'capability'];
    const { elements, missing } = rngCoverage(files, define, root, codec as unknown as Codec);
    expect(elements).toBeGreaterThan(5);
    expect(missing.filter((path) => path !== elsewhere)).toEqual([]);
  });
});
