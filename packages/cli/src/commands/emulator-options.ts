import type { Call } from '../call.js';
import type { OptionTable } from '../command.js';

/** What a question about an emulator may say of it. */
export const EMULATOR: OptionTable = {
  '--virttype <type>': 'kvm, qemu, …',
  '--emulator <path>': 'emulator binary',
  '--arch <arch>': 'architecture',
  '--machine <machine>': 'machine type',
};

/** The same as arguments of the API. */
export const emulator = (call: Call) =>
  [
    call.option('emulator') ?? null,
    call.option('arch') ?? null,
    call.option('machine') ?? null,
    call.option('virttype') ?? null,
  ] as const;
