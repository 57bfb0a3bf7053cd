import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHARED } from '../support/recorded-caps.js';

const manifestFile = join(SHARED, 'corpus/dev/qemu-argv-caps/manifest.json');
const present = existsSync(manifestFile);

interface Form {
  readonly name: string;
  /** What stands before the devices. */
  readonly domain?: string;
  readonly devices?: string;
  /** A recorded QEMU and its machine. */
  readonly qemu?: readonly [string, string];
  /** Words that stand one after the other among the arguments. */
  readonly words: readonly string[];
}

const NUMA =
  "<cpu><numa><cell id='0' cpus='0' memory='512' unit='MiB'/><cell id='1' cpus='1' memory='512' unit='MiB'/></numa></cpu>";
const OLD = ['4.2.0.x86_64', 'pc'] as const;
const VEXPRESS = ['7.0.0.aarch64', 'vexpress-a9'] as const;
const PSERIES = ['7.1.0.ppc64', 'pseries'] as const;

const FORMS: readonly Form[] = [
  { name: 'all that a host can do says nothing of migration', domain: "<cpu mode='maximum'/>", words: ['-cpu', 'max'] },
  {
    name: "the host's cache is hidden before its own is switched off",
    domain: "<cpu mode='host-passthrough'><cache mode='disable'/></cpu>",
    words: ['-cpu', 'host,migratable=on,host-cache-info=off,l3-cache=off'],
  },
  {
    name: 'enlightenments passed through, and one that is not left to the host',
    domain: "<features><hyperv mode='passthrough'><relaxed state='on'/></hyperv></features>",
    words: ['-cpu', 'qemu64,hv-passthrough=on,hv-relaxed=on'],
  },
  {
    name: 'a dirty ring that is switched off',
    domain: "<features><kvm><dirty-ring state='off' size='4096'/></kvm></features>",
    words: ['-accel', 'kvm'],
  },
  {
    name: "the main loop's threads",
    domain: "<defaultiothread thread_pool_min='8' thread_pool_max='16'/>",
    words: ['-object', '{"qom-type":"main-loop","id":"main-loop","thread-pool-min":8,"thread-pool-max":16}'],
  },
  {
    name: 'what is discarded stands before what is cached',
    devices:
      "<disk type='file'><driver type='raw' cache='none' discard='unmap'/><source file='/a'/><target dev='vda'/></disk>",
    words: [
      '-blockdev',
      '{"node-name":"libvirt-1-format","read-only":false,"discard":"unmap","cache":{"direct":true,"no-flush":false},"driver":"raw","file":"libvirt-1-storage"}',
    ],
  },
  {
    name: 'devices of narrow SCSI controllers',
    devices:
      "<controller type='scsi' model='am53c974'/><disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/></disk>",
    words: [
      '-device',
      '{"driver":"scsi-hd","bus":"scsi0.0","scsi-id":0,"device_id":"drive-scsi0-0-0-0","drive":"libvirt-1-format","id":"scsi0-0-0-0","bootindex":1}',
    ],
  },
  {
    name: 'a log that goes on from where it was',
    devices: "<serial type='pty'><log file='/l' append='on'/></serial>",
    words: ['-add-fd', 'set=0,fd=3,opaque=serial0-log', '-chardev'],
  },
  {
    name: 'a clock that chimes without a policy',
    domain: "<clock offset='utc'><timer name='pit' present='yes'/></clock>",
    words: ['-global', 'kvm-pit.lost_tick_policy=delay'],
  },
  {
    name: 'memory of an older machine is one piece',
    domain: `<memoryBacking><hugepages/></memoryBacking>${NUMA}`,
    qemu: OLD,
    words: [
      '-mem-prealloc',
      '-mem-path',
      '/dev/hugepages2M/libvirt/qemu/-1-forms',
      '-numa',
      'node,nodeid=0,cpus=0,mem=512',
    ],
  },
  {
    name: 'unless its cells are of different kinds',
    domain: `<memoryBacking><access mode='shared'/></memoryBacking>${NUMA}`,
    qemu: OLD,
    words: ['-numa', 'node,nodeid=0,cpus=0,memdev=ram-node0'],
  },
  {
    name: 'a board without USB is given what it comes with',
    devices: "<memballoon model='none'/>",
    qemu: ['7.0.0.aarch64', 'vexpress-a15'],
    words: ['-usb'],
  },
  {
    name: 'a card of a board, by its place among the letters and with all that is said of how it is read',
    devices:
      "<disk type='file'><driver type='qcow2' cache='none' io='native' discard='unmap' copy_on_read='on'/><source file='/a,b'/><target dev='vdvb' bus='sd'/></disk>",
    qemu: VEXPRESS,
    words: ['-drive', 'file=/a,,b,format=qcow2,if=sd,index=573,cache=none,copy-on-read=on,discard=unmap,aio=native'],
  },
  {
    name: 'a card far away',
    devices:
      "<disk type='network'><source protocol='rbd' name='pool/img'><host name='h' port='1'/></source><target dev='sdb' bus='sd'/></disk>",
    qemu: VEXPRESS,
    words: [
      '-drive',
      'file.driver=rbd,file.pool=pool,file.image=img,file.server.0.host=h,file.server.0.port=1,format=raw,if=sd,index=1',
    ],
  },
  {
    name: 'a stick has policies for errors as others do',
    devices: "<disk type='file'><driver error_policy='report'/><source file='/a'/><target dev='sda' bus='usb'/></disk>",
    words: [
      '-device',
      '{"driver":"usb-storage","bus":"usb.0","port":"1","drive":"libvirt-1-format","id":"usb-disk0","bootindex":1,"removable":false,"werror":"report","rerror":"report"}',
    ],
  },
  {
    name: 'bits of addresses come after what Hyper-V knows of',
    domain: "<cpu mode='host-passthrough'><maxphysaddr mode='emulate' bits='42'/></cpu>",
    devices: "<panic model='hyperv'/>",
    words: ['-cpu', 'host,migratable=on,hv-crash,phys-bits=42'],
  },
  {
    name: 'slots of the root bus that are open',
    devices: "<controller type='pci' index='0' model='pci-root'><target hotplug='on'/></controller>",
    words: ['-global', 'PIIX4_PM.acpi-root-pci-hotplug=on'],
  },
  {
    name: 'shared memory of a server has no master',
    devices: "<shmem name='a' role='master'><model type='ivshmem-doorbell'/><server path='/s'/></shmem>",
    words: [
      '-device',
      '{"driver":"ivshmem-doorbell","id":"shmem0","chardev":"charshmem0","ioeventfd":true,"bus":"pci.0","addr":"0x3"}',
    ],
  },
  {
    name: 'a host bridge of pSeries by the name it was given',
    devices:
      "<controller type='pci' index='0' model='pci-root'><alias name='ua-bridge'/></controller><interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/></interface>",
    qemu: PSERIES,
    words: [
      '-device',
      '{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","mac":"52:54:00:00:00:01","bus":"ua-bridge","addr":"0x1"}',
    ],
  },
  {
    name: 'a bridge that was added has a companion on z/PCI too',
    devices:
      "<hostdev mode='subsystem' type='pci'><driver name='vfio'/><source><address bus='6'/></source><address type='pci' bus='1' slot='31'/></hostdev>",
    qemu: ['6.0.0.s390x', 's390-ccw-virtio'],
    words: [
      '-device',
      'zpci,uid=2,fid=1,target=pci.1,id=zpci2',
      '-device',
      'pci-bridge,chassis_nr=1,id=pci.1,bus=pci.0,addr=0x1',
    ],
  },
  {
    name: 'vector lengths of SVE are of no use without it',
    domain: "<cpu match='exact'><model>cortex-a53</model><feature policy='disable' name='sve384'/></cpu>",
    qemu: ['7.0.0.aarch64', 'virt'],
    words: ['-cpu', 'cortex-a53,sve384=off,sve=on'],
  },
  {
    name: 'what of a path stands in a URI as it is',
    devices:
      "<disk type='network'><source protocol='https' name=\"a:b%41 c!~*()/;@&amp;=+$,[]\"><host name='h'/></source><target dev='vda' bus='virtio'/></disk>",
    words: [
      '-blockdev',
      '{"driver":"https","url":"https://h:443/a%3Ab%2541%20c!~*()/;@&=+$,%5B%5D","node-name":"libvirt-1-storage","auto-read-only":true,"discard":"unmap"}',
    ],
  },
  {
    name: 'enclave pages are of a node, the first where none is said',
    devices: "<memory model='sgx-epc'><target><size unit='KiB'>65536</size></target></memory>",
    domain: "<memoryBacking><access mode='shared'/></memoryBacking>",
    qemu: ['7.0.0.x86_64', 'q35'],
    words: ['-object', '{"qom-type":"memory-backend-epc","id":"memepc0","prealloc":true,"size":67108864}'],
  },
  {
    name: 'what is drawn for a display on D-Bus is drawn by a card of the host',
    devices: "<graphics type='dbus' p2p='yes'><gl enable='yes' rendernode='/dev/dri/a'/></graphics>",
    words: ['-display', 'dbus,p2p=on,gl=on,rendernode=/dev/dri/a'],
  },
  {
    name: 'devices of the host on narrow SCSI controllers',
    devices:
      "<controller type='scsi' model='dc390'/><hostdev mode='subsystem' type='scsi'><source protocol='iscsi' name='iqn.a/1'><host name='h'/></source></hostdev>",
    words: [
      '-device',
      '{"driver":"scsi-generic","drive":"libvirt-1-backend","id":"hostdev0","bus":"scsi0.0","scsi-id":0}',
    ],
  },
];

describe.skipIf(!present)(`forms of arguments (skipped without ${manifestFile})`, () => {
  it.each(FORMS)('$name', async ({ domain = '', devices = '', qemu = ['8.0.0.x86_64', 'pc'], words }) => {
    const script = resolve(import.meta.dirname, '../../../../scripts/convert/qemu-domain.mjs');
    const { converters } = (await import(script)) as {
      converters: Record<string, (request: object) => { argv: string }>;
    };
    const { environment } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { environment: object };
    const arch = qemu[0].split('.').at(-1) ?? '';
    const input = `<domain type='${arch === 'x86_64' ? 'kvm' : 'qemu'}'><name>forms</name><memory>1048576</memory>
      <vcpu>2</vcpu><os><type arch='${arch}' machine='${qemu[1]}'>hvm</type></os>${domain}
      <devices><emulator>/usr/bin/qemu-system-${arch}</emulator>${devices}</devices></domain>`;
    const caps = join(SHARED, 'corpus/shared/qemucaps', `caps_${qemu[0]}.xml`);
    const answer = converters['qemu-argv-caps']?.({ input, params: { arch }, paths: { caps }, environment });
    const given = (answer?.argv ?? '')
      .split(' \\\n')
      .map((word) => word.trim().replace(/^'(.*)'$/, '$1'))
      .join('\n');
    expect(`\n${given}\n`).toContain(`\n${words.join('\n')}\n`);
  });
});
