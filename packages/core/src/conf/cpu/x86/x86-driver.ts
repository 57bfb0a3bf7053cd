import { unknownHost } from '../cpu-comparison.js';
import type { CpuDriver } from '../cpu-driver.js';
import { x86Baseline } from './x86-baseline.js';
import { x86Compare } from './x86-compare.js';
import { x86Map } from './x86-map.js';
import { x86CheckFeature, x86Expand, x86Migratable, x86Translate, x86Update } from './x86-update.js';
import { x86UpdateLive } from './x86-update-live.js';

/** cpuDriverX86 */
export const x86Driver: CpuDriver = {
  name: 'x86',
  archs: ['i686', 'x86_64'],
  compare: (host, cpu) => (host?.model?.name === undefined ? unknownHost() : x86Compare(host, cpu)),
  baseline: x86Baseline,
  update: x86Update,
  updateLive: x86UpdateLive,
  unknownFeature: ({ feature }) => feature.find(({ name }) => x86Map().findFeature(name) === undefined)?.name,
  hasFeature: x86CheckFeature,
  translate: x86Translate,
  expand: x86Expand,
  migratable: x86Migratable,
  modelNames: () => x86Map().models.map((model) => model.name),
  modelVendor: (name) => x86Map().findModel(name)?.vendor,
};
