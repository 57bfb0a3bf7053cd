import {
  child,
  elementOf,
  flag,
  formatDocument,
  leaf,
  list,
  long,
  parseDocument,
  part,
  reqCustom,
  reqLeaf,
  req,
  str,
  text,
  uint,
  ulong,
  yesNo,
  oneOf,
  custom,
} from '@virtkit/core/conf';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { acceleratorsField } from './cache-accelerator-xml.js';
import { isQemuFlag, type QemuFlag, sortFlags } from './flag-names.js';
import type { GicCapability, QemuCapsData, SevCapability, SgxCapability } from './model.js';
import { QemuCaps } from './qemu-caps.js';

/** virQEMUCapsFormatCache: the text under which what a probe found is kept on disk. */
export function formatCapsCache(caps: QemuCaps): string {
  return formatDocument(cacheElement, caps.data);
}

/** virQEMUCapsLoadCache; fails for text that this software did not write, flags it does not know included. */
export function parseCapsCache(text: string): QemuCaps {
  return new QemuCaps(parseDocument(cacheElement, text));
}

const flagElement = part('flag', { name: req(str) });

const flagsField = reqCustom<Set<QemuFlag>>({
  reason: 'a set with an order of its own',
  covers: { elements: [flagElement] },
  decode(node) {
    const flags = new Set<QemuFlag>();
    for (const element of node.children) {
      if (element.name !== 'flag') continue;
      const name = element.attrs.name ?? '';
      if (!isQemuFlag(name)) {
        const detail = `the capability cache has the flag '${name}', which this version does not know`;
        throw new LibvirtError(ErrorCode.INTERNAL_ERROR, ErrorDomain.QEMU, detail);
      }
      flags.add(name);
    }
    return flags;
  },
  body: (flags, depth, context) =>
    sortFlags(flags)
      .map((name) => flagElement.encode({ name }, depth, context))
      .join(''),
});

const gic = elementOf<GicCapability>('gic', { version: req(uint), kernel: req(yesNo), emulated: req(yesNo) });

const sev = elementOf<SevCapability>('sev', {
  cbitpos: reqLeaf(uint),
  reducedPhysBits: reqLeaf(uint),
  pdh: reqLeaf(str),
  certChain: reqLeaf(str),
  cpu0Id: leaf(str),
});

const kib = oneOf('KiB');
const section = part('section', { node: req(uint), size: req(ulong), unit: req(kib) });
const sections = part('sections', { section: list(section) });
const sectionSize = part('section_size', { unit: req(kib), size: text(ulong) });
const sgxCache = part('sgx', {
  supported: req(yesNo),
  flc: reqLeaf(yesNo),
  sgx1: reqLeaf(yesNo),
  sgx2: reqLeaf(yesNo),
  section_size: child(sectionSize),
  sections: child(sections),
});

const sgx = custom<SgxCapability>({
  reason: 'sizes stand in elements of their own, always in KiB',
  covers: { elements: [sgxCache] },
  decode(node, context) {
    const element = node.children.find((candidate) => candidate.name === 'sgx');
    if (element === undefined) return undefined;
    const { flc, sgx1, sgx2, section_size, sections: list } = sgxCache.decode(element, context);
    return {
      flc,
      sgx1,
      sgx2,
      sectionSize: section_size?.size ?? 0,
      sections: (list?.section ?? []).map(({ node: cell, size }) => ({ node: cell, size })),
    };
  },
  body(model, depth, context) {
    const { sectionSize: size, sections: list, ...rest } = model;
    const unit = 'KiB' as const;
    return sgxCache.encode(
      {
        supported: true,
        ...rest,
        section_size: { unit, size },
        ...(list.length > 0 && { sections: { section: list.map((entry) => ({ ...entry, unit })) } }),
      },
      depth,
      context,
    );
  },
});

const hypervCap = part('cap', { name: req(str) });
const hypervCache = part('hypervCapabilities', { supported: req(yesNo), cap: list(hypervCap) });

const hyperv = custom<string[]>({
  reason: 'a list of names',
  covers: { elements: [hypervCache] },
  decode(node, context) {
    const element = node.children.find((candidate) => candidate.name === 'hypervCapabilities');
    return element === undefined ? undefined : hypervCache.decode(element, context).cap.map((cap) => cap.name);
  },
  body: (names, depth, context) =>
    hypervCache.encode({ supported: true, cap: names.map((name) => ({ name })) }, depth, context),
});

const cacheElement = elementOf<QemuCapsData>('qemuCaps', {
  binary: reqLeaf(str, { name: 'emulator' }),
  binaryTime: reqLeaf(long, { name: 'qemuctime' }),
  moduleDirTime: leaf(long, { name: 'qemumoddirmtime' }),
  selfTime: reqLeaf(long, { name: 'selfctime' }),
  selfVersion: reqLeaf(ulong, { name: 'selfvers' }),
  flags: flagsField,
  version: reqLeaf(uint),
  kvmVersion: reqLeaf(uint),
  microcodeVersion: reqLeaf(uint),
  hostCpuSignature: leaf(str, { name: 'hostCPUSignature' }),
  package: reqLeaf(str),
  kernelVersion: leaf(str),
  arch: reqLeaf(str),
  accelerators: acceleratorsField,
  gic: list(gic),
  sev: child(sev),
  sgx,
  hyperv,
  kvmSupportsNesting: flag(),
  kvmSupportsSecureGuest: flag(),
});
