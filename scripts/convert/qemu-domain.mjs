// QEMU's domains: their XML as the driver completes it, and the command lines that start them.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatDomain, parseDomain, settleGuestCpu } from '../../packages/core/dist/conf/index.js';
import {
  hostModelCpu,
  hypervisorCpuModels,
  parseCapsCache,
} from '../../packages/driver-qemu/dist/capabilities/index.js';
import { buildCommandLine } from '../../packages/driver-qemu/dist/command/index.js';
import { assignAddresses } from '../../packages/driver-qemu/dist/addresses/index.js';
import { qemuXmlOption } from '../../packages/driver-qemu/dist/xml/index.js';

const known = new Map();

/** Whether a file of capabilities is the one of the newest QEMU for its architecture. */
function isNewest(path) {
  const [, version, arch] = /caps_([\d.]+)\.(\w+)\.xml$/.exec(path) ?? [];
  const number = (text) => text.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
  const others = readdirSync(dirname(path)).flatMap((name) =>
    /^caps_([\d.]+)\.(\w+)\.xml$/.exec(name)?.slice(1, 3) ? [/^caps_([\d.]+)\.(\w+)\.xml$/.exec(name)] : [],
  );
  return others.every(([, other, of]) => of !== arch || number(other) <= number(version));
}

/** Capabilities as libvirt caches them; a path always holds the same. The newest QEMU's machines go by their aliases. */
function capsOf(path) {
  if (!known.has(path)) {
    const caps = parseCapsCache(readFileSync(path, 'utf8'));
    for (const { machines } of isNewest(path) ? Object.values(caps.data.accelerators) : [])
      for (const machine of [...machines]) {
        if (machine.alias === undefined) continue;
        machines.push({ ...machine, alias: undefined });
        machine.name = machine.alias;
        delete machine.alias;
      }
    known.set(path, caps);
  }
  return known.get(path);
}

/** Capabilities that a test adds, by libvirt's names for them. */
function withFlags(caps, args) {
  const names = args.slice(args.indexOf('ARG_QEMU_CAPS') + 1, args.indexOf('QEMU_CAPS_LAST'));
  const flags = names.map((name) => name.slice('QEMU_CAPS_'.length).toLowerCase().replaceAll('_', '-'));
  return flags.length === 0 ? caps : caps.withFlags({ add: flags, del: [] });
}

/** On the hosts of libvirt's tests, devices of one PCI bus cannot be told apart. */
const iommuGroup = ({ domain, bus }) => domain * 256 + bus;

/** Volumes of the pools that libvirt's tests pretend: of an iSCSI target that QEMU reaches by itself, or devices of the host. */
function pretendedVolume({ type, source }) {
  if (type !== 'volume') return undefined;
  if (source.mode !== 'direct') return { type: 'block', source: { dev: `/some/block/device/${source.volume}` } };
  const lun = source.volume.split(':').at(-1);
  const host = [{ name: 'iscsi.example.com', port: 3260 }];
  return { type: 'network', source: { ...source, protocol: 'iscsi', name: `demo-target/${lun}`, host } };
}

function optionFor({ params, paths, environment }, caps = capsOf(paths.caps)) {
  return qemuXmlOption({
    caps,
    emulatorFor: (arch) => `/usr/bin/qemu-system-${arch === 'i686' ? 'i386' : arch}`,
    hostArch: params.arch,
    isPcieDevice: () => undefined,
    iommuGroup,
    stateDirs: environment === undefined ? [] : [environment.libDir],
    passt: true,
    channelDirs: [environment?.channelTargetDir ?? '/tmp/channel'],
    tpmVersions: ['1.2', '2.0'],
    spiceTls: environment?.spiceTLS ?? true,
    nvramDir: environment?.nvramDir ?? '/var/lib/libvirt/qemu/nvram',
  });
}

/** A word as the shell reads it back. */
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** Descriptors of a group, as libvirt's tests list it: its name, their number, and the descriptors. */
function fdGroups(args, name) {
  const at = args.indexOf(`"${name}"`);
  return at < 0 ? [] : args.slice(at + 2, at + 2 + Number(args[at + 1]));
}

let descriptors;

/** The firmware described beside the capabilities; an administrator's file hides the distribution's of the same name. */
function firmwareOf(capsPath) {
  if (descriptors !== undefined) return descriptors;
  const root = join(dirname(capsPath), '../qemufirmwaredata');
  const texts = new Map();
  for (const dir of ['usr/share/qemu/firmware', 'etc/qemu/firmware'])
    for (const name of readdirSync(join(root, dir))) texts.set(name, readFileSync(join(root, dir, name), 'utf8'));
  descriptors = [...texts.keys()]
    .sort()
    .flatMap((name) => (texts.get(name) === '' ? [] : [JSON.parse(texts.get(name))]));
  return descriptors;
}

/** The processor that a test says the host has, and what its hypervisor makes of it. */
function hypervisorCpu({ params, environment }, def, caps) {
  const { arch } = params;
  const named = (params.args ?? []).find((word) => word.startsWith('QEMU_CPU_DEF_'))?.slice('QEMU_CPU_DEF_'.length);
  const name =
    Object.keys(environment.hostCPUs).find((one) => one.toUpperCase() === named) ?? environment.hostCPUByArch[arch];
  const given = environment.hostCPUs[name];
  const cpu = given && {
    arch,
    model: { name: given.model },
    ...(given.vendor && { vendor: given.vendor }),
    feature: given.features.map((feature) => ({ name: feature })),
  };
  const host = { arch, cpu };
  const own = hostModelCpu(caps, def.type, host);
  return {
    full: own?.model?.fallback === 'forbid' ? own : cpu,
    migratable: hostModelCpu(caps, def.type, host, { migratable: true }),
    models: hypervisorCpuModels(caps, def.type),
  };
}

/** Ports that libvirt's tests give to SPICE displays which want any. */
function withPorts(def) {
  for (const graphics of def.devices.graphics)
    if (graphics.type === 'spice' && graphics.autoport === true) Object.assign(graphics, { port: 5901, tlsPort: 5902 });
}

/** qemu.conf, the host and the prepared run of libvirt's own tests. */
function contextFor(request, def, caps) {
  const { params, environment: host } = request;
  const config = params.config ?? {};
  const short = def.name.replaceAll('/', '_').slice(0, 20);
  const dir = `${host.libDir}/domain--1-${short}`;
  const tlsDir = (own, fallback) => (own === null || own === undefined ? fallback : own);
  return {
    dir,
    monitor: 'socket,fd=1729,server=on,wait=off',
    environment: {
      LC_ALL: 'C',
      PATH: host.env.PATH,
      HOME: dir,
      USER: host.env.USER,
      LOGNAME: host.env.LOGNAME,
      XDG_DATA_HOME: `${dir}/.local/share`,
      XDG_CACHE_HOME: `${dir}/.cache`,
      XDG_CONFIG_HOME: `${dir}/.config`,
    },
    dumpGuestCore: false,
    seccomp: caps.has('seccomp-sandbox'),
    timestamps: true,
    masterKey: `${dir}/master-key.aes`,
    hugepages: host.hugetlbfs,
    memoryDir: `${host.memoryBackingDir}/-1-${short}`,
    hugepageDir: (mount) => `${mount}/libvirt/qemu/-1-${short}`,
    tls: {
      vnc: config.vncTLS ? tlsDir(config.vncTLSx509certdir, host.vncTLSx509certdir) : undefined,
      spice: host.spiceTLS ? host.spiceTLSx509certdir : undefined,
      chardev: tlsDir(config.chardevTLSx509certdir, host.chardevTLSx509certdir),
      chardevDefault: config.chardevTLS === true,
      chardevSecret: config.chardevTLSx509secretUUID !== undefined,
      chardevVerify: config.chardevTLSx509verify === true,
      blockDir: ({ protocol, tls }) =>
        protocol === 'vxhs'
          ? tls !== false && (tls === true || config.vxhsTLS)
            ? tlsDir(config.vxhsTLSx509certdir, host.vxhsTLSx509certdir)
            : undefined
          : tls === true
            ? tlsDir(config.nbdTLSx509certdir, host.nbdTLSx509certdir)
            : undefined,
      blockSecret: ({ protocol }) =>
        (protocol === 'vxhs' ? config.vxhsTLSx509secretUUID : config.nbdTLSx509secretUUID) !== undefined,
    },
    vnc: {
      listen: '127.0.0.1',
      sasl: config.vncSASL === true,
      verify: false,
      autoSocket: config.vncAutoUnixSocket === true,
    },
    spice: {
      listen: '127.0.0.1',
      password: host.spicePassword,
      sasl: config.spiceSASL === true,
      autoSocket: config.spiceAutoUnixSocket === true,
    },
    channelDir: `${host.channelTargetDir}/domain--1-${short}`,
    now: host.now,
    tap: (_net, queues, vhost) => ({
      fds: Array.from({ length: queues }, (_value, i) => String(3 + i)),
      vhostFds: vhost ? Array.from({ length: queues }, (_value, i) => String(44 + i)) : [],
    }),
    passedFd: () => '1729',
    dbusAddress: () => '',
    listen: () => 'fd=1729',
    openFiles: () => ['3'],
    fdGroup: (name) => fdGroups(params.args ?? [], name),
    passtSocket: (alias) => `/bad-test-used-env-xdg-runtime-dir/libvirt/qemu/run/passt/-1-${short}-${alias}.socket`,
    glusterDebug: 4,
    fips: (params.args ?? []).includes('FLAG_FIPS_HOST'),
    saslDir: config.vncSASLdir ?? config.spiceSASLdir,
    firmware: firmwareOf(request.paths.caps),
    nvramDir: host.nvramDir,
    machineName: (machine) => caps.machine(def.type, machine)?.name ?? machine,
    settleCpu: (cpu) => settleGuestCpu(params.arch, cpu, hypervisorCpu(request, def, caps)),
    hasDevice: () => true,
    scsiGeneric: () => '/dev/sg0',
    tpmSocket: '/dev/test',
    sealSecret: () => ({
      data: '9eao5F8qtkGt+seB1HYivWIxbtwUu6MQtg1zpj/oDtUsPr1q8wBYM91uEHCn6j/1',
      iv: 'AAECAwQFBgcICQoLDA0ODw==',
    }),
    drmRenderNode: () => host.drmRenderNode,
    vsockCid: host.vsockAutoCid,
    volume: pretendedVolume,
    facts: (source) => (source.type === 'block' && source.source?.dev === '/dev/cdrom' ? { hostCdrom: true } : {}),
    autoNodeset: host.autoNodeset,
    numaNodes: host.numaNodes,
  };
}

export const converters = {
  'qemu-xml-caps': (request) => {
    const option = optionFor(request);
    const def = parseDomain(request.input, option);
    return { xml: formatDomain(def, option, { secure: true }) };
  },

  'qemu-argv-caps': (request) => {
    const caps = withFlags(capsOf(request.paths.caps), request.params.args ?? []);
    const option = optionFor(request, caps);
    const def = parseDomain(request.input, option);
    assignAddresses(def, caps, { isPcie: () => undefined, iommuGroup }, true);
    withPorts(def);
    const { argv, env } = buildCommandLine(def, caps, contextFor(request, def, caps));
    const words = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), def.devices.emulator, ...argv];
    return { argv: `${words.map(quoted).join(' \\\n')}\n` };
  },
};
