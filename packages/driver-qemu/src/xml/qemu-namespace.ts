import { attr, elementOf, list, oneOf, part, req, str, type XmlNamespace, xmlNamespace } from '@virtkit/core/conf';

/** `qemu:commandline`: arguments and environment passed to QEMU as they are. */
export interface QemuCommandlineDef {
  arg: { value: string }[];
  env: { name: string; value?: string }[];
}

/** `qemu:capabilities`: flags that QEMU is taken to have, or not to have. */
export interface QemuCapabilitiesDef {
  add: { capability: string }[];
  del: { capability: string }[];
}

/** `qemu:override`: properties of devices set as they are. */
export interface QemuOverrideDef {
  device: {
    alias: string;
    frontend: {
      property: { name: string; type: 'string' | 'unsigned' | 'signed' | 'bool' | 'remove'; value?: string }[];
    }[];
  }[];
}

/** virQEMUNamespace */
export interface QemuNamespaceDef {
  commandline?: QemuCommandlineDef;
  capabilities?: QemuCapabilitiesDef;
  override?: QemuOverrideDef;
  deprecation?: { behavior: 'none' | 'omit' | 'reject' | 'crash' };
}

declare module '@virtkit/core/conf' {
  interface DomainNamespaces {
    qemu?: QemuNamespaceDef;
  }
}

const property = part('property', {
  name: req(str),
  type: req(oneOf('string', 'unsigned', 'signed', 'bool', 'remove')),
  value: attr(str),
});

/** Elements with prefix `qemu:` at the end of `<domain>`. */
export const qemuNamespace: XmlNamespace = xmlNamespace<QemuNamespaceDef>(
  'qemu',
  'http://libvirt.org/schemas/domain/qemu/1.0',
  {
    commandline: elementOf<QemuCommandlineDef>('commandline', {
      arg: list(part('arg', { value: req(str) })),
      env: list(part('env', { name: req(str), value: attr(str) })),
    }),
    capabilities: elementOf<QemuCapabilitiesDef>('capabilities', {
      add: list(part('add', { capability: req(str) })),
      del: list(part('del', { capability: req(str) })),
    }),
    override: elementOf<QemuOverrideDef>('override', {
      device: list(part('device', { alias: req(str), frontend: list(part('frontend', { property: list(property) })) })),
    }),
    deprecation: part('deprecation', { behavior: req(oneOf('none', 'omit', 'reject', 'crash')) }),
  },
);
