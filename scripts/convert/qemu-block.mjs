// Disks to the block nodes of QEMU.
import { childOf, childrenOf, confContext, disk as diskElement, readXml } from '../../packages/core/dist/conf/index.js';
import {
  blockdevFormat,
  blockdevSlice,
  blockdevStorage,
  createFormatProps,
  createStorageProps,
  imageChain,
  imagesOf,
} from '../../packages/driver-qemu/dist/block/index.js';

/** What status XML keeps inside `<source>`, for the images of a chain from the top. */
function* privateData(disk) {
  for (let node = disk; node !== undefined; node = childOf(node, 'backingStore')) {
    const source = childOf(node, 'source');
    yield source && childOf(source, 'privateData');
  }
}

function attributeOf(parent, name, key, type) {
  return parent && childrenOf(parent, name).find((node) => type === undefined || node.attrs.type === type)?.attrs[key];
}

/** The names are those of the document; ids of secrets it does not have are made up as libvirt's tests do. */
function namesOf(kept) {
  const names = kept && childOf(kept, 'nodenames');
  const objects = kept && childOf(kept, 'objects');
  const node = (type) => attributeOf(names, 'nodename', 'name', type);
  const secret = (type, made) => attributeOf(objects, 'secret', 'alias', type) ?? made;
  const storage = node('storage') ?? '';
  const format = node('format') ?? '';
  const slice = node('slice-storage');
  const reservations = attributeOf(kept, 'reservations', 'mgralias');
  const cookies = secret('httpcookie', `${storage}-httpcookie-secret0`);
  const tls = attributeOf(objects, 'TLSx509', 'alias');
  return {
    storageNode: storage,
    formatNode: format,
    ...(slice !== undefined && { sliceNode: slice }),
    ...(reservations !== undefined && { reservations }),
    secrets: {
      auth: secret('auth', `${storage}-secalias`),
      encryption: secret('encryption', `${format}-encalias`),
      cookies,
      ...(tls !== undefined && { tls }),
    },
  };
}

function imageOf(text) {
  const root = readXml(text);
  const kept = [...privateData(root)];
  return imageChain(diskElement.decode(root, confContext({ live: true })), {
    names: (_, depth) => namesOf(kept[depth]),
  });
}

const pretty = (value) => (value === undefined ? '<null>\n' : `${JSON.stringify(value, null, 2)}\n`);

export const converters = {
  'qemu-disk-props': ({ input }) => {
    const nodes = [...imagesOf(imageOf(input))].flatMap((image) => [
      blockdevFormat(image),
      blockdevSlice(image),
      blockdevStorage(image),
    ]);
    return {
      props: nodes
        .filter((node) => node !== undefined)
        .map(pretty)
        .join(''),
    };
  },

  'qemu-image-create': ({ input, files }) => {
    const target = {
      image: imageOf(input),
      capacity: 8589934590,
      physical: 4294967296,
      ...(files.backing !== undefined && { backing: imageOf(files.backing) }),
    };
    const storage = createStorageProps(target);
    const protocol = pretty(storage) + (storage === undefined ? '' : '\n');
    return { props: `protocol:\n${protocol}format:\n${pretty(createFormatProps(target))}` };
  },
};
