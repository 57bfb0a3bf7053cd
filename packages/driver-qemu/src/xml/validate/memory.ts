import type { MemoryDeviceDef } from '@virtkit/core/conf';
import { isPpc64 } from '../../machine.js';
import { need, refuseIf, type Subject } from './subject.js';

/** qemuValidateDomainDefMemory, and room for the memory devices there are. */
export function checkMemory(subject: Subject): void {
  const { def } = subject;
  const { memoryBacking, maxMemory, devices } = def;
  if (memoryBacking?.source?.type === 'memfd')
    need(subject, 'memory-backend-memfd', 'memfd memory backend is not supported by this QEMU binary');
  const { hugepages, source, allocation } = memoryBacking ?? {};
  if (hugepages !== undefined && allocation?.threads !== undefined)
    need(subject, 'memory-backend-file.prealloc-threads', 'preallocation threads are unsupported with this QEMU');
  refuseIf(
    hugepages !== undefined && source?.type === 'anonymous',
    'hugepages are not allowed with anonymous memory source',
  );
  refuseIf(
    hugepages !== undefined && allocation?.mode === 'ondemand',
    'hugepages are not allowed with memory allocation ondemand',
  );
  const { interconnects, cell = [] } = def.cpu?.numa ?? {};
  if (interconnects !== undefined || cell.some(({ cache = [] }) => cache.length > 0))
    need(subject, 'numa.hmat', 'HMAT is not supported with this QEMU');
  refuseIf(def.memtune?.min_guarantee !== undefined, "Parameter 'min_guarantee' not supported by QEMU.");
  if (maxMemory === undefined) {
    refuseIf(
      devices.memory.some(({ model }) => model !== 'sgx-epc'),
      "cannot use/hotplug a memory device when domain 'maxMemory' is not defined",
    );
    return;
  }
  refuseIf(
    !isPpc64(def) && (def.cpu?.numa?.cell.length ?? 0) === 0,
    'At least one numa node has to be configured when enabling memory hotplug',
  );
  const modules = devices.memory.filter(({ model }) => model === 'dimm' || model === 'nvdimm');
  refuseIf(
    modules.length > maxMemory.slots && maxMemory.slots > 0,
    `memory device count '${modules.length}' exceeds slots count '${maxMemory.slots}'`,
  );
}

const BASE_FLAGS = {
  dimm: ['pc-dimm', "memory hotplug isn't supported by this QEMU binary"],
  nvdimm: ['nvdimm', "nvdimm isn't supported by this QEMU binary"],
  'virtio-pmem': ['virtio-pmem-pci', "virtio-pmem isn't supported by this QEMU binary"],
  'virtio-mem': ['virtio-mem-pci', "virtio-mem isn't supported by this QEMU binary"],
  'sgx-epc': ['sgx-epc', "sgx epc isn't supported by this QEMU binary"],
} as const;

/** qemuValidateDomainDeviceDefMemory */
export function checkMemoryDevice(device: MemoryDeviceDef, subject: Subject): void {
  const { model, target, address } = device;
  const { cpu, maxMemory } = subject.def;
  if (model === 'dimm' || model === 'nvdimm') {
    const slots = maxMemory?.slots ?? 0;
    refuseIf(
      address !== undefined && address.type !== 'dimm',
      `only 'dimm' addresses are supported for the ${model} device`,
    );
    refuseIf(
      address?.type === 'dimm' && (address.slot ?? 0) >= slots,
      `memory device slot '${address?.type === 'dimm' ? (address.slot ?? 0) : 0}' exceeds slots count '${slots}'`,
    );
    refuseIf(
      target.node === undefined && (cpu?.numa?.cell.length ?? 0) > 0,
      'target NUMA node needs to be specified for memory device',
    );
  }
  refuseIf(
    model === 'nvdimm' && isPpc64(subject.def) && target.label === undefined,
    'label size is required for NVDIMM device',
  );
  const needsNode = model === 'dimm' || model === 'nvdimm' || model === 'virtio-mem';
  refuseIf(
    needsNode && target.node === undefined && (subject.def.cpu?.numa?.cell.length ?? 0) > 0,
    'target NUMA node needs to be specified for memory device',
  );
  refuseIf(
    model === 'nvdimm' && device.uuid !== undefined && !isPpc64(subject.def),
    'UUID is not supported for NVDIMM device',
  );
  refuseIf(model === 'virtio-pmem' && target.node !== undefined, 'virtio-pmem does not support NUMA nodes');
  need(subject, BASE_FLAGS[model][0], BASE_FLAGS[model][1]);
  if (model === 'nvdimm' && target.readonly === true)
    need(subject, 'nvdimm.unarmed', 'nvdimm readonly property is not available with this QEMU binary');
}
