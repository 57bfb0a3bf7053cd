// QEMU's domains: their XML as the driver completes it, and the command lines that start them.
import { readFileSync } from 'node:fs';
import { formatDomain, parseDomain, translateCpu, updateCpu } from '../../packages/core/dist/conf/index.js';
import { hostModelCpu, hypervisorCpuModels, parseCapsCache } from '../../packages/driver-qemu/dist/capabilities/index.js';
import { buildCommandLine } from '../../packages/driver-qemu/dist/command/index.js';
import { qemuXmlOption } from '../../packages/driver-qemu/dist/xml/index.js';

const known = new Map();

/** Capabilities as libvirt caches them; a path always holds the same. Machines go by their aliases. */
function capsOf(path) {
  if (!known.has(path)) {
    const caps = parseCapsCache(readFileSync(path, 'utf8'));
    for (const { machines } of Object.values(caps.data.accelerators))
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

function optionFor({ params, paths, environment }) {
  const caps = capsOf(paths.caps);
  return qemuXmlOption({
    caps,
    emulatorFor: (arch) => `/usr/bin/qemu-system-${arch === 'i686' ? 'i386' : arch}`,
    hostArch: params.arch,
    isPcieDevice: () => undefined,
    channelDirs: [environment?.channelTargetDir ?? '/tmp/channel'],
    tpmVersions: ['1.2', '2.0'],
    spiceTls: environment?.spiceTLS ?? true,
    nvramDir: environment?.nvramDir ?? '/var/lib/libvirt/qemu/nvram',
  });
}

/** A word as the shell reads it back. */
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** qemu.conf, the host and the prepared run of libvirt's own tests. */
function contextFor(request, def, caps) {
  const { params, environment: host } = request;
  const config = params.config ?? {};
  const short = def.name.replaceAll('/', '_').slice(0, 20);
  const dir = `${host.libDir}/domain--1-${short}`;
  const tlsDir = (own, fallback) => (own === null || own === undefined ? fallback : own);
  let fdsets = 0;
  return {
    dir,
    monitor: 'socket,fd=1729,server=on,wait=off',
    privileged: host.privileged,
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
    seccomp: true,
    timestamps: true,
    masterKey: `${dir}/master-key.aes`,
    hugepages: host.hugetlbfs,
    memoryDir: `${host.memoryBackingDir}/-1-${short}`,
    hugepageDir: (mount) => `${mount}/libvirt/qemu/-1-${short}`,
    tls: {
      vnc: config.vncTLS ? tlsDir(config.vncTLSx509certdir, host.vncTLSx509certdir) : undefined,
      spice: host.spiceTLS ? host.spiceTLSx509certdir : undefined,
      chardev: config.chardevTLS ? tlsDir(config.chardevTLSx509certdir, host.chardevTLSx509certdir) : undefined,
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
    vnc: { listen: '127.0.0.1', sasl: config.vncSASL === true, verify: false, autoSocket: config.vncAutoUnixSocket === true },
    spice: {
      listen: '127.0.0.1',
      password: host.spicePassword,
      sasl: config.spiceSASL === true,
      autoSocket: config.spiceAutoUnixSocket === true,
    },
    channelDir: `${host.channelTargetDir}/domain--1-${short}`,
    now: host.now,
    tap: (_, queues, vhost) => ({
      fds: Array.from({ length: queues }, (_value, i) => String(3 + i)),
      vhostFds: vhost ? Array.from({ length: queues }, (_value, i) => String(44 + i)) : [],
    }),
    passedFd: () => '1729',
    passedFile: (purpose, path) => (purpose.startsWith('char') && !purpose.includes('log') ? `/dev/fdset/${fdsets++}` : /-(tpm|cancel|vdpa|log)$/.test(purpose) ? `/dev/fdset/${fdsets++}` : path),
    scsiGeneric: () => '/dev/sg0',
    tpmSocket: '/dev/test',
    sealSecret: () => ({ data: '9eao5F8qtkGt+seB1HYivWIxbtwUu6MQtg1zpj/oDtUsPr1q8wBYM91uEHCn6j/1', iv: 'AAECAwQFBgcICQoLDA0ODw==' }),
    hostCpu: () => hostModelCpu(caps, def.type, { arch: params.arch }, { migratable: true }),
    drmRenderNode: host.drmRenderNode,
    vsockCid: host.vsockAutoCid,
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
    const caps = capsOf(request.paths.caps);
    const option = optionFor(request);
    const def = parseDomain(request.input, option);
    const { argv, env } = buildCommandLine(def, caps, contextFor(request, def, caps));
    const words = [...Object.entries(env).map(([name, value]) => `${name}=${value}`), def.devices.emulator, ...argv];
    return { argv: `${words.map(quoted).join(' \\\n')}\n` };
  },
};
void [translateCpu, updateCpu, hypervisorCpuModels];
