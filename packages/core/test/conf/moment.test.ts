import {
  alignBackupDisks,
  alignCheckpointDisks,
  alignSnapshotDisks,
  formatBackup,
  formatCheckpoint,
  formatSnapshot,
  parseBackup,
  parseCheckpoint,
  parseDomain,
  parseSnapshot,
  plainXmlOption,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain } from '@virtkit/core/util';
import { describe, expect, it } from 'vitest';

const disk = (name: string, body: string): string =>
  `<disk type='file'>${body}<target dev='${name}' bus='virtio'/></disk>`;
const domain = parseDomain(
  `<domain type='qemu'><name>d</name><memory>1024</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
  ${disk('vda', "<source file='/images/a.qcow2'/>")}${disk('vdb', "<source file='/images/b'/>")}
  ${disk('vdc', '')}</devices></domain>`,
  plainXmlOption,
  { skipValidate: true },
);

describe('domain snapshot', () => {
  const REDEFINE = { shows: 0, redefine: true };

  it('is named after its time', () => {
    const def = parseSnapshot('<domainsnapshot/>');
    expect(def.name).toBe(String(def.creationTime));
  });

  it('gives every disk of the domain an entry, external ones a file', () => {
    const def = parseSnapshot(
      "<domainsnapshot><name>s</name><disks><disk name='/images/b' snapshot='no'/></disks></domainsnapshot>",
    );
    alignSnapshotDisks(def, domain, { fallback: 'external' });
    expect(def.disks?.disk).toEqual([
      { name: 'vda', snapshot: 'external', image: { type: 'file', source: { file: '/images/a.s' } } },
      { name: 'vdb', snapshot: 'no' },
      { name: 'vdc', snapshot: 'no' },
    ]);
    expect(formatSnapshot(def)).toContain(`    <disk name='vda' snapshot='external' type='file'>
      <source file='/images/a.s'/>
    </disk>
    <disk name='vdb' snapshot='no'/>`);
  });

  it.each([
    ["<disk name='hdz'/>", 'no disk named'],
    ["<disk name='vda'/><disk name='/images/a.qcow2'/>", 'specified twice'],
    ["<disk name='vda' snapshot='external'/>", 'must use snapshot mode'],
  ])('refuses disks %s', (disks, message) => {
    const def = parseSnapshot(`<domainsnapshot><disks>${disks}</disks></domainsnapshot>`);
    expect(() => alignSnapshotDisks(def, domain, { fallback: 'internal', uniform: true })).toThrow(message);
  });

  it('is redefined with all that was known of it', () => {
    const text = `<domainsnapshot>
  <name>s</name>
  <state>running</state>
  <parent>
    <name>p</name>
  </parent>
  <creationTime>1272917631</creationTime>
  <memory snapshot='internal'/>
</domainsnapshot>
`;
    expect(formatSnapshot(parseSnapshot(text, REDEFINE))).toBe(text);
    for (const part of ['name', 'state', 'creationTime'])
      expect(() => parseSnapshot(text.replace(new RegExp(`  <${part}>.*\\n`), ''), REDEFINE)).toThrow(
        expect.objectContaining({ domain: ErrorDomain.DOMAIN_SNAPSHOT }),
      );
  });

  it('keeps memory of running domains only', () => {
    const text =
      "<domainsnapshot><name>s</name><state>shutoff</state><creationTime>1</creationTime><memory snapshot='internal'/></domainsnapshot>";
    expect(() => parseSnapshot(text, REDEFINE)).toThrow(expect.objectContaining({ code: ErrorCode.XML_ERROR }));
    expect(() => parseSnapshot("<domainsnapshot><memory file='a'/></domainsnapshot>")).toThrow('absolute');
  });
});

describe('domain checkpoint', () => {
  it('takes all disks, or those that are named', () => {
    const all = parseCheckpoint('<domaincheckpoint><name>c</name></domaincheckpoint>');
    alignCheckpointDisks(all, domain);
    expect(formatCheckpoint(all)).toContain(`    <disk name='vda' checkpoint='bitmap' bitmap='c'/>
    <disk name='vdb' checkpoint='bitmap' bitmap='c'/>
    <disk name='vdc' checkpoint='no'/>`);
    const one = parseCheckpoint("<domaincheckpoint><disks><disk name='vdb'/></disks></domaincheckpoint>");
    alignCheckpointDisks(one, domain);
    expect(one.disks?.disk.map((entry) => entry.checkpoint)).toEqual(['no', 'bitmap', 'no']);
  });

  it('takes no disk without a medium', () => {
    const def = parseCheckpoint("<domaincheckpoint><disks><disk name='vdc'/></disks></domaincheckpoint>");
    expect(() => alignCheckpointDisks(def, domain)).toThrow('empty or readonly');
  });
});

describe('backup', () => {
  it('makes up names, and says since when', () => {
    const def = parseBackup(
      "<domainbackup mode='pull'><incremental>c1</incremental><server transport='unix' socket='/s'/><disks><disk name='vda'><scratch file='/tmp/x'/></disk></disks></domainbackup>",
    );
    alignBackupDisks(def, domain, 'tmp');
    expect(formatBackup(def)).toBe(`<domainbackup mode='pull'>
  <incremental>c1</incremental>
  <server transport='unix' socket='/s'/>
  <disks>
    <disk name='vda' backup='yes' backupmode='incremental' incremental='c1' type='file'>
      <scratch file='/tmp/x'/>
    </disk>
    <disk name='vdb' backup='no'/>
    <disk name='vdc' backup='no'/>
  </disks>
</domainbackup>
`);
    const push = parseBackup('<domainbackup/>');
    alignBackupDisks(push, domain, 'tmp');
    expect(push.disks?.disk[0]?.target).toEqual({ type: 'file', source: { file: '/images/a.qcow2.tmp' } });
  });

  it.each([
    ["<domainbackup mode='sideways'/>", ErrorCode.XML_ERROR],
    ["<domainbackup><server transport='tcp' name='h'/></domainbackup>", ErrorCode.XML_ERROR],
    ["<domainbackup mode='pull'><server transport='smoke'/></domainbackup>", ErrorCode.XML_ERROR],
  ])('refuses %s', (text, code) => {
    expect(() => parseBackup(text)).toThrow(expect.objectContaining({ code, domain: ErrorDomain.DOMAIN }));
  });
});
