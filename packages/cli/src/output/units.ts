import { UsageError } from './usage-error.js';

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `100.00 GiB`, as virsh prints sizes. */
export function prettySize(bytes: bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < BINARY.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)} ${BINARY[unit]}`;
}

const SUFFIXES: Readonly<Record<string, bigint>> = Object.fromEntries(
  ['', 'k', 'm', 'g', 't', 'p', 'e'].flatMap((letter, i) => {
    const binary = 1024n ** BigInt(i);
    if (letter === '')
      return [
        ['b', 1n],
        ['bytes', 1n],
      ];
    return [
      [letter, binary],
      [`${letter}ib`, binary],
      [`${letter}b`, 1000n ** BigInt(i)],
    ];
  }),
);

/** `10G`, `512MiB`, `2GB`, `4096`: bytes. A number without a unit counts in `scale` bytes. */
export function parseSize(text: string, what: string, scale = 1n): bigint {
  const [, digits, suffix = ''] = /^\s*(\d+)\s*([A-Za-z]*)\s*$/.exec(text) ?? [];
  const factor = suffix === '' ? scale : SUFFIXES[suffix.toLowerCase()];
  if (digits === undefined || factor === undefined)
    throw new UsageError(`${what}: '${text}' is not a size: give a number, with a unit like KiB, MiB, G or TB`);
  return BigInt(digits) * factor;
}

/** Integer from the command line. */
export function parseInteger(text: string, what: string): number {
  if (!/^-?\d+$/.test(text) && !/^0x[0-9a-f]+$/i.test(text)) throw new UsageError(`${what}: '${text}' is not a number`);
  return Number(text);
}
