// Which module converts which family. A module exports `converters`: functions by family, from a request
// ({input, params, files, paths, environment}) to the texts of the outputs by name; they raise LibvirtError to refuse.
const MODULES = {
  './storage.mjs': ['pool-argv', 'vol-argv'],
  './networks.mjs': ['network-dnsmasq', 'network-firewall'],
  './nwfilters.mjs': ['nwfilter-firewall'],
  './objects.mjs': ['nodedev-xml', 'nodedev-mdevctl', 'backup-xml'],
  './cpu.mjs': [
    'cpu-compare-pairs',
    'cpu-update',
    'cpu-baseline-pairs',
    'cpu-feature',
    'cpu-guest',
    'cpu-decode',
    'cpu-signature',
    'cpu-qemu-json',
  ],
  './qemu-block.mjs': ['qemu-disk-props', 'qemu-image-create'],
  './qemu-monitor.mjs': ['qemu-monitor'],
  './qemu-status.mjs': ['qemu-status'],
  './qemu-domain.mjs': ['qemu-xml-caps', 'qemu-argv-caps'],
  './lxc.mjs': ['lxcconf2xml'],
  './qemu-capabilities.mjs': ['qemu-caps', 'qemu-domcaps'],
};

export const FAMILIES = Object.fromEntries(
  Object.entries(MODULES).flatMap(([file, families]) => families.map((family) => [family, file])),
);
