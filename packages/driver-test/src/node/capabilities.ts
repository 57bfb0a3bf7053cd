import { CELLS } from './host-info.js';

const PAGE_SIZES = [4, 8, 2048, 1_048_576];

/** virConnectGetCapabilities: what this driver can run, and the host that it pretends to be. */
export function formatCapabilities(): string {
  const lines: string[] = [];
  const pages = PAGE_SIZES.map((size) => `      <pages unit='KiB' size='${size}'/>`);
  lines.push(
    '<capabilities>',
    '',
    '  <host>',
    '    <cpu>',
    '      <arch>i686</arch>',
    '      <features>',
    '        <pae/>',
    '        <nonpae/>',
    '      </features>',
    ...pages,
    '    </cpu>',
    '    <power_management/>',
    "    <iommu support='no'/>",
    '    <topology>',
    `      <cells num='${CELLS.length}'>`,
    ...CELLS.flatMap(cellLines),
    '      </cells>',
    '    </topology>',
    '    <secmodel>',
    '      <model>testSecurity</model>',
    '      <doi></doi>',
    '    </secmodel>',
    '  </host>',
    '',
    ...guestLines('hvm'),
    ...guestLines('xen'),
    '</capabilities>',
    '',
  );
  return lines.join('\n');
}

function cellLines({ id, memory, pages, cpus }: (typeof CELLS)[number]): string[] {
  return [
    `        <cell id='${id}'>`,
    `          <memory unit='KiB'>${memory}</memory>`,
    ...pages.map(({ size, count }) => `          <pages unit='KiB' size='${size}'>${count}</pages>`),
    `          <cpus num='${cpus.length}'>`,
    ...cpus.map(
      (cpu, i) => `            <cpu id='${cpu}' socket_id='${id}' die_id='0' core_id='${i}' siblings='${cpu}'/>`,
    ),
    '          </cpus>',
    '        </cell>',
  ];
}

function guestLines(osType: string): string[] {
  return [
    '  <guest>',
    `    <os_type>${osType}</os_type>`,
    "    <arch name='i686'>",
    '      <wordsize>32</wordsize>',
    '      <emulator>/usr/bin/test-hv</emulator>',
    "      <domain type='test'/>",
    '    </arch>',
    '    <features>',
    '      <pae/>',
    '      <nonpae/>',
    '    </features>',
    '  </guest>',
    '',
  ];
}
