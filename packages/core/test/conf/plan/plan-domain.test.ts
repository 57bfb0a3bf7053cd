import {
  completePlanned,
  type DomainDef,
  formatDomain,
  LIVE_CHANGES,
  type PlannedChange,
  parseDomain,
  planDomain,
} from '@virtkit/core/conf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpusCases, hasCorpus } from '../corpus.js';

const XML = `<domain type='kvm'>
  <name>web</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <title>old</title>
  <maxMemory slots='4' unit='KiB'>8388608</maxMemory>
  <memory unit='KiB'>2097152</memory>
  <currentMemory unit='KiB'>2097152</currentMemory>
  <vcpu placement='static' current='2'>4</vcpu>
  <iothreadids><iothread id='1'/></iothreadids>
  <cputune>
    <shares>1024</shares><period>100000</period><quota>-1</quota>
    <vcpupin vcpu='0' cpuset='0'/><emulatorpin cpuset='0-1'/><iothreadpin iothread='1' cpuset='0'/>
  </cputune>
  <numatune><memory mode='strict' nodeset='0'/></numatune>
  <blkiotune><weight>500</weight><device><path>/dev/sda</path><weight>200</weight></device></blkiotune>
  <memtune><hard_limit>4194304</hard_limit></memtune>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <cpu><numa><cell id='0' cpus='0-3' memory='2097152' unit='KiB'/></numa></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a.qcow2'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/a.iso'/><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><model type='virtio'/></interface>
    <graphics type='vnc' port='-1' autoport='yes' passwd='old'><listen type='address' address='127.0.0.1'/></graphics>
    <memory model='dimm'><target><size unit='KiB'>524288</size><node>0</node></target></memory>
    <memballoon model='virtio'><stats period='10'/></memballoon>
  </devices>
</domain>`;

const base = (): DomainDef => parseDomain(XML, undefined, { skipValidate: true });
/** The one that a device document stands for. */
const device = (xml: string): DomainDef['devices'] =>
  parseDomain(
    `<domain type='kvm'><name>x</name><memory>9999</memory><maxMemory slots='4'>9999</maxMemory><os><type>hvm</type></os>
     <cpu><numa><cell id='0' cpus='0' memory='9999'/></numa></cpu><devices>${xml}</devices></domain>`,
    undefined,
    { skipValidate: true },
  ).devices;

type Change = (to: DomainDef, from: DomainDef) => void;
type Nic = DomainDef['devices']['interface'][number];
const nic = ({ devices }: DomainDef): Nic => devices.interface[0] as Nic;
const set = (target: unknown, value: object): void => void Object.assign(target as object, value);
const add =
  (kind: keyof DomainDef['devices'], xml: string): Change =>
  (to) => {
    (to.devices[kind] as unknown[]).push(...(device(xml)[kind] as unknown[]));
  };
const memoryDevice = (size: number): string =>
  `<memory model='dimm'><target><size unit='KiB'>${size}</size><node>0</node></target></memory>`;
/** A DIMM that comes, with what it adds to the domain's memory. */
const dimm: Change = (to) => {
  add('memory', memoryDevice(1024))(to, to);
  to.memory.value += 1024;
  to.currentMemory += 1024;
};

/** For every row of the table: a change, where it shows, and the command. */
const EXAMPLES: Readonly<Record<string, readonly [path: string, change: Change, how: string]>> = {
  'memory.value': ['memory.value', dimm, 'attach-device web'],
  currentMemory: ['currentMemory', (to) => void (to.currentMemory = 1048576), 'setmem web 1048576KiB --live --config'],
  'vcpu.current': ['vcpu.current', (to) => void (to.vcpu.current = 3), 'setvcpus web 3 --live --config'],
  title: ['title', (to) => void (to.title = "it's"), `desc web --title 'it'\\''s' --live --config`],
  description: ['description', (to) => void (to.description = 'd'), 'desc web d --live --config'],
  metadata: ['metadata', (to) => void (to.metadata = '<metadata/>'), 'metadata web <uri>'],
  on_poweroff: ['on_poweroff', (to) => void (to.on_poweroff = 'restart'), 'set-lifecycle-action web poweroff restart'],
  on_reboot: ['on_reboot', (to) => void (to.on_reboot = 'destroy'), 'set-lifecycle-action web reboot destroy'],
  on_crash: ['on_crash', (to) => void (to.on_crash = 'preserve'), 'set-lifecycle-action web crash preserve'],
  'memtune.hard_limit': [
    'memtune.hard_limit',
    (to) => void delete to.memtune?.hard_limit,
    'memtune web --hard-limit -1',
  ],
  'memtune.soft_limit': [
    'memtune.soft_limit',
    (to) => set(to.memtune, { soft_limit: 9 }),
    'memtune web --soft-limit 9',
  ],
  'memtune.swap_hard_limit': [
    'memtune.swap_hard_limit',
    (to) => set(to.memtune, { swap_hard_limit: 9 }),
    'memtune web --swap-hard-limit 9',
  ],
  'blkiotune.weight': ['blkiotune.weight', (to) => set(to.blkiotune, { weight: 9 }), 'blkiotune web --weight 9'],
  ...Object.fromEntries(
    [
      ['weight', 'weights'],
      ['read_iops_sec', 'read-iops-sec'],
      ['write_iops_sec', 'write-iops-sec'],
      ['read_bytes_sec', 'read-bytes-sec'],
      ['write_bytes_sec', 'write-bytes-sec'],
    ].map(([name = '', flag = '']) => [
      `blkiotune.device[].${name}`,
      [
        `blkiotune.device[/dev/sda].${name}`,
        (to: DomainDef) => set(to.blkiotune?.device?.[0], { [name]: 7 }),
        `blkiotune web --device-${flag} /dev/sda,7 --live`,
      ] as const,
    ]),
  ),
  ...Object.fromEntries(
    [
      ['shares', 'cpu_shares'],
      ['period', 'vcpu_period'],
      ['quota', 'vcpu_quota'],
      ...[
        'global_period',
        'global_quota',
        'emulator_period',
        'emulator_quota',
        'iothread_period',
        'iothread_quota',
      ].map((name) => [name, name]),
    ].map(([name = '', parameter = '']) => [
      `cputune.${name}`,
      [
        `cputune.${name}`,
        (to: DomainDef) => set(to.cputune, { [name]: 2000 }),
        `schedinfo web ${parameter}=2000 --live --config`,
      ] as const,
    ]),
  ),
  'cputune.vcpupin[].cpuset': [
    'cputune.vcpupin[0].cpuset',
    (to) => set(to.cputune?.vcpupin?.[0], { cpuset: '1' }),
    'vcpupin web 0 1 --live --config',
  ],
  'cputune.vcpupin[]': [
    'cputune.vcpupin[1]',
    (to) => void to.cputune?.vcpupin?.push({ vcpu: 1, cpuset: '1' }),
    'vcpupin web 1 1 --live --config',
  ],
  'cputune.emulatorpin.cpuset': [
    'cputune.emulatorpin.cpuset',
    (to) => set(to.cputune?.emulatorpin, { cpuset: '1' }),
    'emulatorpin web 1 --live --config',
  ],
  'cputune.iothreadpin[].cpuset': [
    'cputune.iothreadpin[1].cpuset',
    (to) => set(to.cputune?.iothreadpin?.[0], { cpuset: '1' }),
    'iothreadpin web 1 1 --live --config',
  ],
  'numatune.memory.nodeset': [
    'numatune.memory.nodeset',
    (to) => set(to.numatune?.memory, { nodeset: '1' }),
    'numatune web --nodeset 1 --live --config',
  ],
  'iothreadids.iothread[]': [
    'iothreadids.iothread[2]',
    (to) => void to.iothreadids?.iothread.push({ id: 2 }),
    'iothreadadd web 2 --live --config',
  ],
  'devices.disk[].iotune.*': [
    'devices.disk[vda].iotune.read_bytes_sec',
    (to) => set(to.devices.disk[0], { iotune: { read_bytes_sec: 1000 } }),
    'blkdeviotune web vda --read-bytes-sec 1000 --live --config',
  ],
  'devices.disk[].type': [
    'devices.disk[sda].type',
    (to) => set(to.devices.disk[1], { type: 'block', source: { dev: '/dev/sr0' } }),
    'change-media web sda /dev/sr0 --update --block --live --config',
  ],
  'devices.disk[].source.**': [
    'devices.disk[sda].source.file',
    (to) => void delete (to.devices.disk[1] as { source?: object }).source,
    'change-media web sda --eject --live --config',
  ],
  'devices.disk[].driver.type': [
    'devices.disk[sda].driver.type',
    (to) => set(to.devices.disk[1]?.driver, { type: 'qcow2' }),
    'change-media web sda /a.iso --update --live --config',
  ],
  'devices.interface[].link.state': [
    'devices.interface[52:54:00:00:00:01].link.state',
    (to) => set(nic(to), { link: { state: 'down' } }),
    'domif-setlink web 52:54:00:00:00:01 down',
  ],
  'devices.interface[].bandwidth.inbound.*': [
    'devices.interface[52:54:00:00:00:01].bandwidth.inbound.average',
    (to) => set(nic(to), { bandwidth: { inbound: { average: 100, burst: 50 } } }),
    'domiftune web 52:54:00:00:00:01 --inbound 100,0,50 --live --config',
  ],
  'devices.interface[].bandwidth.outbound.*': [
    'devices.interface[52:54:00:00:00:01].bandwidth.outbound.average',
    (to) => set(nic(to), { bandwidth: { outbound: { average: 100 } } }),
    'domiftune web 52:54:00:00:00:01 --outbound 100 --live --config',
  ],
  ...Object.fromEntries(
    (
      [
        ['source.network', 'source.network', (to) => set((nic(to) as { source?: object }).source, { network: 'n2' })],
        [
          'source.portgroup',
          'source.portgroup',
          (to) => set((nic(to) as { source?: object }).source, { portgroup: 'p' }),
        ],
        ['source.bridge', 'source.bridge', (to) => set((nic(to) as { source?: object }).source, { bridge: 'br1' })],
        ['filterref.**', 'filterref.filter', (to) => set(nic(to), { filterref: { filter: 'f' } })],
        ['vlan.**', 'vlan.tag[5]', (to) => set(nic(to), { vlan: { tag: [{ id: 5 }] } })],
        ['coalesce.**', 'coalesce.rx.frames.max', (to) => set(nic(to), { coalesce: { rx: { frames: { max: 9 } } } })],
        ['trustGuestRxFilters', 'trustGuestRxFilters', (to) => set(nic(to), { trustGuestRxFilters: true })],
      ] as readonly (readonly [string, string, Change])[]
    ).map(([at, path, change]) => [
      `devices.interface[].${at}`,
      [`devices.interface[52:54:00:00:00:01].${path}`, change, 'update-device web'] as const,
    ]),
  ),
  ...Object.fromEntries(
    [
      ['passwd', 'new'],
      ['passwdValidTo', '2030-01-01T00:00:00'],
      ['connected', 'keep'],
    ].map(([name = '', value]) => [
      `devices.graphics[].${name}`,
      [
        `devices.graphics[vnc].${name}`,
        (to: DomainDef) => set(to.devices.graphics[0], { [name]: value }),
        'update-device web',
      ] as const,
    ]),
  ),
  'devices.memballoon.stats.period': [
    'devices.memballoon.stats.period',
    (to) => set(to.devices.memballoon?.stats, { period: 5 }),
    'dommemstat web --period 5 --live --config',
  ],
  'devices.memory[].target.requested': [
    'devices.memory[dimm].target.requested',
    (to) => set(to.devices.memory[0]?.target, { requested: 1024 }),
    'update-memory-device web --requested-size 1024KiB --live --config',
  ],
  'devices.disk[]': [
    'devices.disk[vdb]',
    add('disk', `<disk type='file' device='disk'><source file='/b'/><target dev='vdb' bus='virtio'/></disk>`),
    'attach-device web',
  ],
  'devices.interface[]': [
    'devices.interface[52:54:00:00:00:01]',
    (to) => void to.devices.interface.pop(),
    'detach-device web',
  ],
  'devices.hostdev[]': [
    'devices.hostdev[pci 0000:01:00.0]',
    add(
      'hostdev',
      `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>`,
    ),
    'attach-device web',
  ],
  'devices.controller[]': [
    'devices.controller[scsi 0]',
    add('controller', `<controller type='scsi' index='0' model='virtio-scsi'/>`),
    'attach-device web',
  ],
  'devices.channel[]': [
    'devices.channel[virtio a.b]',
    add('channel', `<channel type='unix'><target type='virtio' name='a.b'/></channel>`),
    'attach-device web',
  ],
  'devices.redirdev[]': [
    'devices.redirdev[0]',
    add('redirdev', `<redirdev bus='usb' type='spicevmc'/>`),
    'attach-device web',
  ],
  'devices.rng[]': [
    'devices.rng[virtio]',
    add('rng', `<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>`),
    'attach-device web',
  ],
  'devices.memory[]': ['devices.memory[dimm#2]', dimm, 'attach-device web'],
  'devices.shmem[]': [
    'devices.shmem[s]',
    add('shmem', `<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>`),
    'attach-device web',
  ],
  'devices.input[]': [
    'devices.input[tablet usb]',
    add('input', `<input type='tablet' bus='usb'/>`),
    'attach-device web',
  ],
  'devices.vsock.**': [
    'devices.vsock.model',
    (to) => void (to.devices.vsock = device(`<vsock model='virtio'><cid auto='yes'/></vsock>`).vsock as never),
    'attach-device web',
  ],
  'devices.watchdog[]': [
    'devices.watchdog[i6300esb]',
    add('watchdog', `<watchdog model='i6300esb' action='reset'/>`),
    'attach-device web',
  ],
  'devices.filesystem[]': [
    'devices.filesystem[tag]',
    add(
      'filesystem',
      `<filesystem type='mount'><driver type='virtiofs'/><source dir='/d'/><target dir='tag'/></filesystem>`,
    ),
    'attach-device web',
  ],
  'devices.lease[]': [
    'devices.lease[l k]',
    add('lease', `<lease><lockspace>l</lockspace><key>k</key><target path='/p'/></lease>`),
    'attach-device web',
  ],
};

const plan = (change: Change, running = true): PlannedChange[] => {
  const [from, to] = [base(), base()];
  change(to, from);
  return planDomain(from, to, { running });
};

describe('what can change on a running domain', () => {
  it('has an example of every row', () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(LIVE_CHANGES.map(({ at }) => at).sort());
  });

  it.each(Object.entries(EXAMPLES))('%s', (_at, [path, change, how]) => {
    const changes = plan(change);
    const found = changes.find((one) => one.path === path);
    expect(found, changes.map((one) => one.path).join()).toMatchObject({ when: 'live' });
    expect(found?.how).toContain(how);
    expect(found?.xml !== undefined).toBe(/(attach|detach|update)-device/.test(how) && path.includes('['));
    // Of one that does not run nothing is live.
    expect(plan(change, false).every(({ when }) => when === 'next boot')).toBe(true);
  });

  it.each<readonly [string, string, Change]>([
    ['more memory than it can have', 'currentMemory', (to) => void (to.currentMemory = to.memory.value = 4194304)],
    ['more processors than it can have', 'vcpu.current', (to) => set(to.vcpu, { value: 8, current: 8 })],
    [
      'the image of a disk',
      'devices.disk[vda].source.file',
      (to) => set((to.devices.disk[0] as { source?: object }).source, { file: '/b' }),
    ],
    [
      'a SATA disk',
      'devices.disk[sdb]',
      add('disk', `<disk type='file' device='disk'><source file='/b'/><target dev='sdb' bus='sata'/></disk>`),
    ],
    ['a sound card', 'devices.sound[ich9]', add('sound', `<sound model='ich9'/>`)],
    [
      'nodes without the strict mode',
      'numatune.memory.nodeset',
      (to) => set(to.numatune?.memory, { mode: 'preferred', nodeset: '1' }),
    ],
    ['the machine', 'os.type.machine', (to) => void (to.os.type.machine = 'pc-q35-8.0')],
    ['the processor', 'cpu.mode', (to) => set(to.cpu, { mode: 'host-passthrough' })],
  ])('does not have %s', (_what, path, change) => {
    expect(plan(change).find((one) => one.path === path)).toMatchObject({ when: 'next boot', how: 'define' });
  });

  it.each<readonly [string, Change]>([
    ['name', (to) => void (to.name = 'other')],
    ['uuid', (to) => void (to.uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1800')],
    ['type', (to) => void (to.type = 'qemu')],
    ['os.type.arch', (to) => void (to.os.type.arch = 'aarch64')],
    ['os.type.value', (to) => void (to.os.type.value = 'xen')],
  ])('never has its %s', (path, change) => {
    expect(plan(change).map((one) => [one.path, one.when])).toEqual([[path, 'needs replacement']]);
  });
});

describe('a plan', () => {
  it('describes a screen as it listens, with its new password', () => {
    const [from, to, live] = [base(), base(), base()];
    set(to.devices.graphics[0], { passwd: 'new' });
    set(live.devices.graphics[0], { listen: [{ type: 'address', address: '10.0.0.1' }], connected: 'keep' });
    const [{ xml }] = planDomain(from, to, { live }) as [PlannedChange];
    expect(xml).toContain("passwd='new'");
    expect(xml).toContain("address='10.0.0.1'");
    expect(xml).not.toContain('connected');
  });

  it('of a domain against itself is empty, whatever has changed on both', () => {
    const changes = Object.values(EXAMPLES).map(([, change]) => change);
    fc.assert(
      fc.property(fc.subarray(changes), (some) => {
        const [one, other] = [base(), base()];
        for (const def of [one, other]) for (const change of some) change(def, def);
        expect(planDomain(one, other)).toEqual([]);
        // As many as there are, both ways: what comes one way goes the other.
        expect(planDomain(base(), one).length).toBe(planDomain(one, base()).length);
        expect(planDomain(base(), one).length > 0).toBe(some.length > 0);
      }),
      { numRuns: 60 },
    );
  });

  it('takes what drivers fill in from the domain', () => {
    const from = completePlanned(formatDomain(base(), undefined, { secure: true }));
    const short = XML.replace(/ *<(uuid|emulator|mac)\b.*\n/g, (line) =>
      line.replace(/<(uuid|emulator)>.*<\/\1>|<mac [^>]*>/, ''),
    )
      .replace("machine='pc-q35-7.2'", "machine='q35'")
      .replace(/ *<memballoon.*\n/, '');
    expect(short).not.toBe(XML);
    expect(planDomain(from, completePlanned(short, from))).toEqual([]);
    expect(planDomain(from, completePlanned(short.replace(/ *<title.*\n/, ''), from)).map(({ path }) => path)).toEqual([
      'title',
    ]);
  });
});

describe.skipIf(!hasCorpus)('documents as libvirt prints them (skipped without ../shared)', () => {
  it.each(['domain-test', 'domain-qemu', 'domain-lxc'])(
    '%s: none changes anything on its domain',
    { timeout: 120_000 },
    (family) => {
      let count = 0;
      let same = 0;
      for (const { name, input, steps } of corpusCases(family)) {
        const { xml } = steps['xml-secure'] ?? steps.xml ?? {};
        const lines = xml ?? steps.xml?.xml;
        if (lines === undefined) continue;
        const printed = lines
          .join('\n')
          .replace(/@UUID\d+@/g, 'c7a5fdbd-edaf-9455-926a-d65c16db1809')
          .replace(/@MAC(\d+)@/g, (_, n: string) => `aa:bb:${n.padStart(2, '0').slice(-2)}`);
        const from = completePlanned(printed);
        expect(planDomain(from, completePlanned(printed, from)), name).toEqual([]);
        count++;
        if (planDomain(from, completePlanned(input, from)).length === 0) same++;
      }
      console.info(`${family}: ${count} documents; the text they were defined from changes nothing for ${same}`);
      expect(count).toBeGreaterThan(0);
      expect(same / count).toBeGreaterThan(0.55);
    },
  );
});
