// Debian packages that virtkit's programs and tests run. Looks for the programs first: nothing is run where all are there.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** Debian package of each program or file: `run` for guests, `test` and `peer` for what tests and the bench beside libvirtd need besides. */
const programs = {
  run: { 'qemu-system-x86_64': 'qemu-system-x86', 'qemu-img': 'qemu-utils' },
  test: {
    dnsmasq: 'dnsmasq-base',
    iptables: 'iptables',
    ebtables: 'ebtables',
    ip: 'iproute2',
    'mkfs.ext4': 'e2fsprogs',
    busybox: 'busybox-static',
    virsh: 'libvirt-clients',
    '/usr/lib/python3/dist-packages/libvirt.py': 'python3-libvirt',
    openssl: 'openssl',
    swtpm: 'swtpm',
    swtpm_setup: 'swtpm-tools',
    '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf',
  },
  peer: {
    libvirtd: 'libvirt-daemon',
    'pkg-config': 'pkg-config',
    gcc: 'gcc',
    '/usr/include/libvirt/libvirt.h': 'libvirt-dev',
    '/usr/include/libxml2/libxml/tree.h': 'libxml2-dev',
  },
};

function has(program) {
  if (program.startsWith('/')) return existsSync(program);
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Installs what is missing as root; otherwise says how, and goes on: what needs it says so by itself. */
export function systemPackages(kind) {
  const wanted = { ...programs.run, ...(kind === 'run' ? {} : programs[kind]) };
  const missing = [
    ...new Set(
      Object.keys(wanted)
        .filter((name) => !has(name))
        .map((name) => wanted[name]),
    ),
  ];
  if (missing.length === 0) return;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (!has('apt-get')) {
    console.error(
      `This machine lacks the programs of Debian's ${missing.join(', ')}: install them to run real guests.`,
    );
    return;
  }
  if (process.getuid?.() !== 0) {
    console.error(`Some programs are missing. Run:\n  sudo apt-get update && sudo apt-get ${install.join(' ')}`);
    return;
  }
  console.error(`Installing ${missing.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  const apt = (argv) => spawnSync('apt-get', ['-qq', ...argv], quiet).status === 0;
  if (!apt(['update']) || !apt(install))
    console.error(`apt-get failed. Try:\n  apt-get update && apt-get ${install.join(' ')}`);
}
