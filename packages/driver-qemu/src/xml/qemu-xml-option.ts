import { type DomainDef, type DomainXmlOption, domainXmlOption } from '@virtkit/core/conf';
import { configUnsupported } from '../errors.js';
import { assignAddresses } from '../addresses/index.js';
import { postParseCpu, setDefaultCpu } from './post-parse/cpu.js';
import { addDefaultAudio, addDefaultDevices } from './post-parse/default-devices.js';
import { postParseDevice } from './post-parse/devices.js';
import { fillNumaCpus } from './post-parse/numa.js';
import { enableDefaultFeatures } from './post-parse/features.js';
import { postParseNvram } from './post-parse/nvram.js';
import { qemuNamespace } from './qemu-namespace.js';
import { validateQemuDevice, validateQemuDomain } from './validate/index.js';
import type { QemuXmlRules } from './rules.js';

/** virQEMUDriverCreateXMLConf: how QEMU's domains are read and written, under what one host and one emulator can do. */
export function qemuXmlOption(rules: QemuXmlRules): DomainXmlOption {
  const { caps } = rules;
  return domainXmlOption({
    namespace: qemuNamespace,
    features: [
      'memory-hotplug',
      'offline-vcpupin',
      'individual-vcpus',
      'user-alias',
      'fw-autoselect',
      'net-model-string',
      'disk-fd',
      ...(rules.passt === true ? (['passt'] as const) : []),
    ],
    defaults: { securityModel: 'none' },
    postParse: {
      basic: (def) => settleMachine(def, rules),
      device: (device, def, parse) => postParseDevice(device, def, rules, parse),
      domain(def) {
        // Without an emulator to ask, a definition is what was written when there was one.
        if (caps === undefined) return;
        postParseNvram(def, rules);
        addDefaultDevices(def, caps);
        enableDefaultFeatures(def, caps);
        fillNumaCpus(def);
        setDefaultCpu(def, caps);
        postParseCpu(def, caps);
        addDefaultAudio(def);
      },
      assignAddresses(def, parse) {
        const host = { isPcie: rules.isPcieDevice, iommuGroup: rules.iommuGroup };
        if (caps !== undefined) assignAddresses(def, caps, host, parse.abiUpdate === true);
      },
    },
    validate: {
      domain(def) {
        if (caps !== undefined) validateQemuDomain(def, caps, rules);
      },
      device(device, def) {
        if (caps !== undefined) validateQemuDevice(device, def, caps, rules);
      },
    },
  });
}

/** qemuDomainDefPostParseBasic, and the machine behind an alias. */
function settleMachine(def: DomainDef, { caps, capsProblem, emulatorFor, hostArch }: QemuXmlRules): void {
  const { type } = def.os;
  type.arch ??= hostArch;
  if (def.devices.emulator === undefined) {
    const emulator = emulatorFor(type.arch);
    if (emulator === undefined)
      throw configUnsupported(
        `No emulator found for arch '${type.arch}': install qemu-system for it, or name its path in <emulator>`,
      );
    def.devices.emulator = emulator;
  }
  if (capsProblem !== undefined) throw capsProblem;
  const machine = type.machine ?? caps?.preferredMachine(def.type);
  if (machine !== undefined) type.machine = caps?.canonicalMachine(def.type, machine) ?? machine;
}
