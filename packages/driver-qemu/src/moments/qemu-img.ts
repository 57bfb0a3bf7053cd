import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { internalError, operationUnsupported } from '../errors.js';

const run = promisify(execFile);

/** Runs qemu-img; what it complains of becomes an INTERNAL_ERROR, as libvirt reports it. */
export async function qemuImg(...args: string[]): Promise<string> {
  try {
    return (await run('qemu-img', args, { maxBuffer: 16 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } })).stdout;
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT')
      throw operationUnsupported("unable to find 'qemu-img': it changes the images of guests that do not run", error);
    throw internalError(`qemu-img ${args.slice(0, 2).join(' ')} failed: ${stderr?.trim() || message}`, error);
  }
}

/** What is said of an image by `qemu-img info`. */
export interface ImageInfo {
  readonly format: string;
  readonly 'virtual-size': number;
  readonly snapshots?: readonly { readonly id: string; readonly name: string }[];
}

/** Also answers while a guest uses the image. */
export const imageInfo = async (path: string, format: string): Promise<ImageInfo> =>
  JSON.parse(await qemuImg('info', '-U', '--output=json', '-f', format, path)) as ImageInfo;
