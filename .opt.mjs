import { domainXmlOption } from '/work/wt/conf/packages/core/dist/conf/index.js';
export const option = domainXmlOption({ features: ['memory-hotplug','offline-vcpupin','individual-vcpus','user-alias','fw-autoselect','net-model-string'],
 postParse: { basic(def) { def.os.type.arch ??= 'i686'; }, domain(def) { let n = 0; const taken = new Set(def.devices.interface.map((i) => i.target?.dev)); for (const i of def.devices.interface) { if (i.target?.dev) continue; while (taken.has('testnet'+n)) n++; i.target = { ...i.target, dev: 'testnet' + n++ }; } } } });
