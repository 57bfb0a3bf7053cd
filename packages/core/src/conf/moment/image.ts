import type { LibvirtError } from '../../util/index.js';
import { type StorageFormat, storageFormat } from '../domain/common/storage-format.js';
import { sourceOf, type StorageSource, type StorageType } from '../domain/common/storage-source.js';
import {
  childOf,
  type ConfContext,
  custom,
  type ElementCodec,
  escapeXml,
  type Field,
  indentOf,
  type XmlNode,
} from '../xml/index.js';
import type { MomentProblems } from './problems.js';

/** An image that a moment writes to, or reads from. */
export interface MomentImage {
  type: StorageType;
  driver?: { type: StorageFormat };
  source?: NonNullable<StorageSource['source']>;
}

export interface ImageOptions {
  /** The element that says where the image is, by the moment's root. */
  readonly element: string;
  readonly types: readonly StorageType[];
  readonly problems: MomentProblems;
  /** What a disk of the moment is called in errors. */
  readonly what: string;
  /** The error of a format that there is not; XML_ERROR if not given. */
  readonly unknownDriver?: (detail: string) => LibvirtError;
}

/** Type, format and place of a moment's disk; nothing is written of an image without place and format. */
export function imageField(options: ImageOptions): Field<MomentImage, true> {
  return custom<MomentImage>({
    reason: 'the type decides what the place says, and is written only with one',
    covers: { attributes: ['type'], elements: ['driver', options.element] },
    decode: (node, context) => readImage(node, context, options),
    attrs: (image) => ` type='${image.type}'`,
    body(image, depth, context) {
      const { driver, source, type } = image;
      const line = driver === undefined ? '' : `${indentOf(depth)}<driver type='${escapeXml(driver.type)}'/>\n`;
      return source === undefined
        ? line
        : line + renamed(placeOf(type), options.element).encode(source, depth, context);
    },
  });
}

/** The same grammar under another name. */
export function renamed<T>(codec: ElementCodec<T>, name: string): ElementCodec<T> {
  if (name === codec.name) return codec;
  const start = new RegExp(`^(\\s*)<${codec.name}(?=[\\s/>])`);
  const end = new RegExp(`</${codec.name}>\\n$`);
  return {
    ...codec,
    name,
    encode: (model, depth, context) =>
      codec.encode(model, depth, context).replace(start, `$1<${name}`).replace(end, `</${name}>\n`),
  };
}

const placeOf = (type: StorageType): ElementCodec<NonNullable<StorageSource['source']>> =>
  sourceOf[type] as ElementCodec<NonNullable<StorageSource['source']>>;

function readImage(node: XmlNode, context: ConfContext, options: ImageOptions): MomentImage | undefined {
  const { element, types, problems, what, unknownDriver = problems.xml } = options;
  const given = node.attrs.type;
  const type = given === undefined ? 'file' : types.find((one) => one === given);
  if (type === undefined) throw problems.xml(`unknown ${what} type '${given}'`);
  const place = childOf(node, element);
  const source = place && placeOf(type).decode(place, context);
  const format = childOf(node, 'driver')?.attrs.type;
  const driver = format === undefined ? undefined : storageFormat.parse(format);
  if (format !== undefined && driver === undefined) throw unknownDriver(`unknown ${what} driver '${format}'`);
  const used = source !== undefined && Object.keys(source).length > 0;
  if (!used && driver === undefined) return undefined;
  return { type, ...(driver && { driver: { type: driver } }), ...(used && { source }) };
}

/** The path of an image in the host's file system. */
export function imagePath(image: Pick<MomentImage, 'type' | 'source'> | undefined): string | undefined {
  const source = image?.source as { file?: string; dev?: string } | undefined;
  return image?.type === 'file' ? source?.file : image?.type === 'block' ? source?.dev : undefined;
}
