import { hostname, release } from 'node:os';
import { formatCapabilities, type GuestCaps } from '@virtkit/core/conf';
import { type ConnectOps, readHostCapabilities, readHostUuid } from '@virtkit/core/driver';
import { invalidArg } from '../errors.js';
import { HOST_ARCH } from '../host-arch.js';
import type { LxcHost } from '../host/lxc-host.js';
import { domainXmlFromLxcConf } from '../native/index.js';
import { guestArchs, LXC_EMULATOR, lxcXmlOption, wordSize } from '../xml/index.js';

/** What lxc.conf(5) leaves open stays open. */
const NATIVE_OPTION = lxcXmlOption({ hostArch: HOST_ARCH, emulator: LXC_EMULATOR, fillArch: false });

/** lxcCapsInit: programs of the host's own architecture, and of the narrower one its kernel runs too. */
function guests(): GuestCaps[] {
  return guestArchs(HOST_ARCH).map((arch) => ({
    osType: 'exe',
    arch: {
      name: arch,
      wordsize: wordSize(arch),
      emulator: LXC_EMULATOR,
      machine: [],
      domain: [{ type: 'lxc', machine: [] }],
    },
  }));
}

/** virCapsHostGetCPU is not asked: a container sees the host's processor as it is. */
async function capabilities({ reader }: LxcHost): Promise<string> {
  const host = await readHostCapabilities(reader, {
    arch: HOST_ARCH,
    uuid: await readHostUuid(reader),
    securityModels: [{ model: 'none', doi: '0', baselabel: [] }],
  });
  const { arch, pages = [] } = host.cpu;
  return formatCapabilities({ host: { ...host, cpu: { arch, feature: [], pages } }, guest: guests() });
}

/** The kernel is the hypervisor: its version, as libvirt writes versions. */
export function kernelVersion(text: string): bigint {
  const [major = 0, minor = 0, micro = 0] = (/^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  return BigInt(major * 1_000_000 + minor * 1000 + micro);
}

export const connectOps = (host: LxcHost) =>
  ({
    connectGetType: () => 'LXC',
    connectGetVersion: () => kernelVersion(release()),
    connectGetHostname: () => hostname(),
    connectIsAlive: () => true,
    connectIsEncrypted: () => false,
    connectIsSecure: () => true,
    connectGetCapabilities: () => capabilities(host),
    connectDomainXMLFromNative(format, config) {
      if (format !== 'lxc-tools') throw invalidArg(`unsupported config type ${format}`);
      return domainXmlFromLxcConf(config, NATIVE_OPTION);
    },
  }) satisfies ConnectOps & { connectGetType(): string };
