import { randomUUID } from 'node:crypto';
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
        def.uuid ??= randomUUID();
        def.os.type.arch ??= HOST_ARCH;
        def.devices.emulator ??= emulatorFor(def.os.type.arch);
        def.on_poweroff ??= 'destroy';
        def.on_reboot ??= 'restart';
        def.on_crash ??= 'destroy';
        def.clock ??= { offset: 'utc' } as DomainDef['clock'];
        def.vcpu ??= { value: 1 } as DomainDef['vcpu'];
        if (!def.currentMemory || def.currentMemory > def.memory.value) def.currentMemory = def.memory.value;
      },
      domain(def) {
        const caps = capsOf(def);
        const machines = caps?.machines(def.type);
        if (caps !== undefined)
          def.os.type.machine = caps.canonicalMachine(
            def.type,
            def.os.type.machine ?? machines?.find(({ isDefault }) => isDefault)?.name ?? 'pc',
          );
        if (def.os.boot.length === 0 && def.os.kernel === undefined && !def.devices.disk.some((disk) => disk.boot))
          def.os.boot.push({ dev: 'hd' });
        def.devices.memballoon ??= { model: 'virtio' };
        consoleForSerial(def);
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

/** The first serial port is a guest's console, whichever of the two its document names. */
function consoleForSerial({ devices }: DomainDef): void {
  const [serial] = devices.serial;
  const [console] = devices.console;
  if (console === undefined && serial !== undefined)
    devices.console.push({ ...serial, target: { type: 'serial', port: 0 } } as (typeof devices.console)[number]);
  else if (console !== undefined && serial === undefined && (console.target?.type ?? 'serial') === 'serial') {
    devices.serial.push({ ...console, target: { type: 'isa-serial', port: 0 } } as (typeof devices.serial)[number]);
    console.target = { type: 'serial', port: 0 };
  }
}
