// Storage: the commands that start pools and make volumes.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../packages/core/dist/util/index.js';
import { parseStoragePool, parseStorageVol } from '../../packages/core/dist/conf/index.js';
import { createImageArgs, startPoolCommand } from '../../packages/secondary-storage/dist/commands/index.js';

const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
const line = (words) => `${words.map(quote).join(' ')}\n`;
const withNamespaces = { shows: 0, poolNamespaces: true };

/** A volume as its pool would make it. */
const volume = (text, pool, context) =>
  parseStorageVol(text, parseStoragePool(pool, withNamespaces).type, { shows: 0, ...context });

export const converters = {
  'pool-argv': ({ input }) => {
    const command = startPoolCommand(parseStoragePool(input, withNamespaces));
    if (command === undefined)
      throw new LibvirtError(ErrorCode.NO_SUPPORT, ErrorDomain.STORAGE, 'pools of this type start without a command');
    return { argv: line(command) };
  },

  'vol-argv': ({ input, params, files }) => {
    const capacity = params.optionalCapacity ? { capacity: 'optional' } : {};
    const vol = volume(input, files.pool, capacity);
    const source = files.inputVolume && volume(files.inputVolume, files.inputPool);
    const commands = createImageArgs(vol, {
      preallocate: params.preallocMetadata,
      secretFile: '/path/to/secretFile',
      inputSecretFile: '/path/to/inputSecretFile',
      ...(source && {
        input: {
          path: source.target.path,
          format: source.target.format?.type ?? 'raw',
          name: source.name,
          ...(source.target.encryption && { encryption: source.target.encryption }),
        },
      }),
    });
    return { argv: commands.map((args) => line(['qemu-img', ...args])).join('') };
  },
};
