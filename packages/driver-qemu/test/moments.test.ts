import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSnapshot, PLAIN, type SnapshotDef } from '@virtkit/core/conf';
import type { SnapshotMoment } from '@virtkit/core/driver';
import { DomainSnapshotCreateFlags as Create, ErrorCode } from '@virtkit/core/util';
import { afterAll, describe, expect, it } from 'vitest';
import { QemuDomain } from '../src/domain/domain.js';
import { parseStoredDomain } from '../src/domain/xml.js';
import { assertMomentName, loadMoments, saveSnapshot, setCurrentSnapshot } from '../src/moments/metadata.js';
import { MomentStore } from '../src/moments/moment-store.js';
import { prepareSnapshot } from '../src/moments/prepare-snapshot.js';

const dir = mkdtempSync(join(tmpdir(), 'virtkit-moments-'));
writeFileSync(join(dir, 'disk.img'), '');
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const UUID = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';

function newDomain(format = 'qcow2', uuid = UUID): QemuDomain {
  const def = parseStoredDomain(`<domain type='qemu'><name>d</name><uuid>${uuid}</uuid><memory>16384</memory>
    <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${dir}/disk.img'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk></devices></domain>`);
  const domain = new QemuDomain(uuid, 'd', def);
  domain.persistent = true;
  return domain;
}
const newHost = () => {
  const etc = mkdtempSync(join(dir, 'etc-'));
  return {
    etc,
    snapshots: new MomentStore(join(etc, 'snapshot'), 'snapshot'),
    checkpoints: new MomentStore(join(etc, 'checkpoint'), 'checkpoint'),
  };
};
const momentOf = (domain: QemuDomain, name: string, creationTime: number, parent?: string): SnapshotMoment => {
  const def: SnapshotDef = {
    name,
    creationTime,
    state: 'shutoff',
    memory: { snapshot: 'no' },
    domain: domain.def,
    ...(parent !== undefined && { parent: { name: parent } }),
  };
  const moment = { name, parent, def };
  domain.snapshots.add(moment);
  return moment;
};

describe('what is known of snapshots', () => {
  it('comes back with tree and current one, whatever a crash left', async () => {
    const [host, domain] = [newHost(), newDomain()];
    const a = momentOf(domain, 'a', 1);
    const b = momentOf(domain, 'b', 2, 'a');
    await setCurrentSnapshot(host, domain, a);
    const marked = readFileSync(join(host.etc, 'snapshot', 'd', 'a.xml'));
    await setCurrentSnapshot(host, domain, b);
    expect(readdirSync(join(host.etc, 'snapshot', 'd'))).toEqual(['a.xml', 'b.xml']);
    // As if the host had died before it took the mark from the one before.
    writeFileSync(join(host.etc, 'snapshot', 'd', 'a.xml'), marked);
    writeFileSync(join(host.etc, 'snapshot', 'd', 'broken.xml'), '<domainsnapshot>');
    const [again, skipped] = [newDomain(), [] as string[]];
    await loadMoments(host, again, (path) => skipped.push(path));
    expect(skipped).toEqual([join(host.etc, 'snapshot', 'd', 'broken.xml')]);
    expect(again.snapshots.current?.name).toBe('b');
    expect(again.snapshots.children(again.snapshots.get('a') as SnapshotMoment).map(({ name }) => name)).toEqual(['b']);
    expect(again.snapshots.get('b')?.def.domain?.uuid).toBe(UUID);
  });

  it('does not pass to another domain of that name', async () => {
    const [host, domain] = [newHost(), newDomain()];
    await saveSnapshot(host, domain, momentOf(domain, 'a', 1));
    const other = newDomain('qcow2', 'd0a5fdbd-edaf-9455-926a-d65c16db1809');
    const skipped: unknown[] = [];
    await loadMoments(host, other, (path) => skipped.push(path));
    expect(other.snapshots.size).toBe(0);
    expect(skipped).toHaveLength(1);
  });

  it.each(['a/b', '../a', '.hidden'])('is not kept under the name %s', (name) => {
    expect(() => assertMomentName('snapshot', name)).toThrow(expect.objectContaining({ code: ErrorCode.XML_DETAIL }));
  });
});

describe('a new snapshot', () => {
  const prepare = (xml: string, flags: number, domain = newDomain()): SnapshotDef => {
    const def = parseSnapshot(xml, { ...PLAIN, now: 7 });
    prepareSnapshot(domain, domain.def, def, flags);
    return def;
  };

  it('takes disks that can be written, in the way its flags ask for', () => {
    expect(prepare('<domainsnapshot/>', 0)).toMatchObject({
      name: '7',
      state: 'shutoff',
      memory: { snapshot: 'no' },
      disks: {
        disk: [
          { name: 'vda', snapshot: 'internal' },
          { name: 'hda', snapshot: 'no' },
        ],
      },
    });
    expect(prepare('<domainsnapshot/>', Create.DISK_ONLY).disks?.disk[0]).toMatchObject({
      snapshot: 'external',
      image: { source: { file: `${dir}/disk.7` } },
    });
  });

  const disk = (attrs: string, inside = '') =>
    `<domainsnapshot><disks><disk name='vda' ${attrs}>${inside}</disk></disks></domainsnapshot>`;
  it.each([
    ['of a raw image', '<domainsnapshot/>', 0, ErrorCode.CONFIG_UNSUPPORTED, 'raw'],
    [
      'over an image that is there',
      disk('', `<source file='${dir}/there'/>`),
      Create.DISK_ONLY,
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
    [
      'over a missing image to be reused',
      '<domainsnapshot/>',
      Create.DISK_ONLY | Create.REUSE_EXT,
      ErrorCode.SYSTEM_ERROR,
    ],
    ['of nothing', disk(`snapshot='no'`), Create.DISK_ONLY, ErrorCode.CONFIG_UNSUPPORTED],
    ['in a raw file', disk('', `<driver type='raw'/>`), Create.DISK_ONLY, ErrorCode.CONFIG_UNSUPPORTED],
    ['of a disk that there is not', disk('').replace('vda', 'vdz'), 0, ErrorCode.CONFIG_UNSUPPORTED],
    [
      'with memory of a guest that does not run',
      `<domainsnapshot><memory file='/m'/></domainsnapshot>`,
      0,
      ErrorCode.CONFIG_UNSUPPORTED,
    ],
    ['live, of a guest that does not run', '<domainsnapshot/>', Create.LIVE, ErrorCode.OPERATION_UNSUPPORTED],
  ] as const)('%s is refused', (_what, xml, flags, code, format: string = 'qcow2') => {
    writeFileSync(join(dir, 'there'), '');
    expect(() => prepare(xml, flags, newDomain(format))).toThrow(expect.objectContaining({ code }));
  });
});
