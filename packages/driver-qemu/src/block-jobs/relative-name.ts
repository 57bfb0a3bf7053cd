import { imagePath } from '@virtkit/core/conf';
import { operationInvalid } from '../errors.js';
import { imageInfo } from '../moments/qemu-img.js';
import type { Level } from './chain.js';

/** The name by which an image knows the one below it, as it is written in the image. */
export async function relativeName(levels: readonly Level[], below: Level): Promise<string> {
  const above = levels[levels.indexOf(below) - 1] as Level;
  const path = imagePath(above.place) ?? '';
  const info = (await imageInfo(path, above.format.type)) as { 'backing-filename'?: string };
  const name = info['backing-filename'];
  if (name === undefined || name.startsWith('/'))
    throw operationInvalid(
      `can't keep relative backing relationship: '${path}' names what is below it by an absolute path`,
    );
  return name;
}
