import { archWordSize, type DomainDef, type DomainXmlOption, domainXmlOption, isArch } from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { lxcNamespace } from './lxc-namespace.js';

/** The program that libvirt names as a container's emulator. */
export const LXC_EMULATOR = '/usr/lib/libvirt/libvirt_lxc';

/** What of the host changes how a container's document is read. */
export interface LxcXmlRules {
  readonly hostArch: string;
  /** Where the document names none. */
  readonly emulator: string;
  /** Documents without an architecture mean the host's; what comes from elsewhere may leave it open. */
  readonly fillArch: boolean;
}

/** lxcDomainXMLConfInit: how LXC's domains are read and written. */
export function lxcXmlOption(rules: LxcXmlRules): DomainXmlOption {
  return domainXmlOption({
    namespace: lxcNamespace,
    defaults: { securityModel: 'none' },
    postParse: {
      basic(def) {
        if (rules.fillArch) def.os.type.arch ??= rules.hostArch;
        checkGuest(def, rules.hostArch);
        def.devices.emulator ??= rules.emulator;
      },
      device({ kind, device }) {
        if (kind !== 'console') return;
        device.target ??= {};
        device.target.type ??= 'lxc';
      },
    },
    validate: {
      device({ kind, device }) {
        // Containers have no screens of their own.
        if (kind === 'video' && device.model?.type === 'default')
          throw new LibvirtError(
            ErrorCode.INTERNAL_ERROR,
            ErrorDomain.DOMAIN,
            'missing video model and cannot determine default',
          );
      },
    },
  });
}

/** Architectures that the host's kernel runs. */
export function guestArchs(hostArch: string): string[] {
  const narrow = NARROW[hostArch];
  return narrow === undefined ? [hostArch] : [hostArch, narrow];
}

/** lxcCapsInit asks the kernel's 64-bit architectures for their older siblings. */
const NARROW: Readonly<Record<string, string>> = {
  x86_64: 'i686',
  ppc64: 'ppc',
  s390x: 's390',
  sparc64: 'sparc',
  parisc64: 'parisc',
  mips64: 'mips',
};

export const wordSize = (arch: string): number => (isArch(arch) ? archWordSize(arch) : 64);

/** virCapabilitiesDomainDataLookup: containers run programs of this host's architecture, and nothing else. */
function checkGuest({ type, os }: DomainDef, hostArch: string): void {
  const arch = os.type.arch ?? hostArch;
  if (type === 'lxc' && os.type.value === 'exe' && guestArchs(hostArch).includes(arch)) return;
  // libvirt leaves the usual one of the OS types out of its text.
  const osType = os.type.value === 'hvm' ? '' : `ostype=${os.type.value} `;
  throw new LibvirtError(
    ErrorCode.INVALID_ARG,
    ErrorDomain.CAPABILITIES,
    `could not find capabilities for ${osType}arch=${arch} domaintype=${type} `,
  );
}
