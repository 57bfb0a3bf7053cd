import { domainXmlOption, formatDomain, parseDomain } from '@virtkit/core/conf';
import { describe, expect, it } from 'vitest';

const option = domainXmlOption({ features: ['individual-vcpus', 'offline-vcpupin'] });
const AUTO = "<numatune><memory mode='strict' placement='auto'/></numatune>";

const written = (vcpu: string, rest = ''): string =>
  formatDomain(
    parseDomain(
      `<domain type='test'><name>a</name><memory>65536</memory>${vcpu}<os><type>hvm</type></os>${rest}</domain>`,
      option,
    ),
    option,
  );

describe('processors', () => {
  it.each([
    [
      'those that are not told of are off, and how many are on is counted',
      "<vcpu>3</vcpu><vcpus><vcpu id='1' enabled='yes' hotpluggable='yes'/><vcpu id='0' enabled='yes'/></vcpus>",
      '',
      [
        "<vcpu placement='static' current='2'>3</vcpu>",
        "<vcpu id='0' enabled='yes' hotpluggable='no'/>",
        "<vcpu id='1' enabled='yes' hotpluggable='yes'/>",
        "<vcpu id='2' enabled='no' hotpluggable='yes'/>",
      ],
    ],
    [
      'pins of those that are not there are dropped',
      '<vcpu>1</vcpu>',
      "<cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/></cputune>",
      ["<cputune>\n    <vcpupin vcpu='0' cpuset='0'/>\n  </cputune>"],
    ],
    [
      'monitors watch those that are there',
      '<vcpu>2</vcpu>',
      "<cputune><cachetune vcpus='0-3'><monitor level='3' vcpus='1-2'/></cachetune></cputune>",
      ["<cachetune vcpus='0-1'>", "<monitor level='3' vcpus='1'/>"],
    ],
    ['go where their memory goes', "<vcpu placement='static'>2</vcpu>", AUTO, ["<vcpu placement='auto'>2</vcpu>"]],
    [
      'stay where they were put',
      "<vcpu cpuset='0-1'>2</vcpu>",
      AUTO,
      ["<vcpu placement='static' cpuset='0-1'>2</vcpu>"],
    ],
    [
      'stay where threads are pinned',
      '<vcpu>2</vcpu>',
      `<cputune><emulatorpin cpuset='0'/></cputune>${AUTO}`,
      ["<vcpu placement='static'>2</vcpu>"],
    ],
  ])('%s', (_what, vcpu, rest, parts) => {
    const text = written(vcpu, rest);
    for (const part of parts) expect(text).toContain(part);
  });
});
