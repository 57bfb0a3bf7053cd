import { attr, child, type ElementCodec, elementOf, positive, variants, type XmlNode } from '../../xml/index.js';
import { wrong } from './problems.js';
import { type FormatDef, imageFormat } from './storage-format.js';
import { aroundSource, type StorageSource, type StorageType } from './storage-source.js';

/** An element of a chain of images; one of type 'none' ends the chain. */
export type BackingStoreDef = (StorageSource | { type: 'none' }) & {
  index?: number;
  format?: FormatDef;
  backingStore?: BackingStoreDef;
};

/** What is done without a medium is a question of the disk itself, and asked only there. */
export function withoutPolicy(node: XmlNode): XmlNode {
  const children = node.children.map((child) => {
    if (child.name !== 'source' || child.attrs.startupPolicy === undefined) return child;
    const { startupPolicy: _, ...attrs } = child.attrs;
    return { ...child, attrs };
  });
  return { ...node, children };
}

/** virDomainDiskBackingStoreFormat */
export const backingStore: ElementCodec<BackingStoreDef> = elementOf<BackingStoreDef>(
  'backingStore',
  variants(
    'type',
    {
      ...(aroundSource(
        { index: attr(positive).when('live'), format: child(imageFormat) },
        { backingStore: child(() => backingStore) },
      ) as object as Record<StorageType, never>),
      none: {} as never,
    },
    { fallback: 'none', hideFallback: true },
  ),
  {
    prepare: withoutPolicy,
    after(model) {
      if (model.type !== 'none' && model.format === undefined)
        throw wrong(`missing disk backing store format: say in <format type='...'/> how the ${model.type} is written`);
      if (model.type !== 'none' && model.source === undefined) throw wrong('missing disk backing store source');
    },
  },
);
