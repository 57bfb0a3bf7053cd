import { type DomainDef, type DomainXmlOption, domainXmlOption } from '@virtkit/core/conf';
import type { QemuCaps } from '../capabilities/index.js';
import { emulatorFor, HOST_ARCH } from '../domain/defaults.js';
import { configUnsupported } from '../errors.js';

/** virQEMUDriverCreateXMLConf: this driver's rules for domain documents; `capsOf` tells what an emulator can do, if known. */
export function qemuXmlOption(capsOf: (def: DomainDef) => QemuCaps | undefined): DomainXmlOption {
  return domainXmlOption({
    features: ['user-alias', 'fw-autoselect', 'net-model-string'],
    postParse: {
      basic(def) {
        def.os.type.arch ??= HOST_ARCH;
        def.devices.emulator ??= emulatorFor(def.os.type.arch);
      },
      domain(def) {
        const caps = capsOf(def);
        if (caps !== undefined) {
          const machine = def.os.type.machine ?? caps.machines(def.type).find(({ isDefault }) => isDefault)?.name;
          if (machine !== undefined) def.os.type.machine = caps.canonicalMachine(def.type, machine);
        }
        def.devices.memballoon ??= { model: 'virtio' };
      },
    },
    validate: {
      domain(def) {
        const caps = capsOf(def);
        if (caps === undefined) return;
        const { emulator = '' } = def.devices;
        if (!caps.supportsVirtType(def.type))
          throw configUnsupported(`Emulator '${emulator}' does not support virt type '${def.type}'`);
        const machine = def.os.type.machine ?? '';
        if (caps.machine(def.type, machine) === undefined)
          throw configUnsupported(`Emulator '${emulator}' does not support machine type '${machine}'`);
      },
    },
  });
}
