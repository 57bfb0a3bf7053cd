import { KeycodeSet } from '@virtkit/core/util';
import { UsageError } from './output/usage-error.js';

/** Linux key codes (KEY_* of the kernel's input interface), in runs of consecutive numbers. */
const RUNS: readonly (readonly [first: number, names: string])[] = [
  [1, 'ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB Q W E R T Y U I O P LEFTBRACE RIGHTBRACE ENTER LEFTCTRL'],
  [30, 'A S D F G H J K L SEMICOLON APOSTROPHE GRAVE LEFTSHIFT BACKSLASH Z X C V B N M COMMA DOT SLASH RIGHTSHIFT'],
  [55, 'KPASTERISK LEFTALT SPACE CAPSLOCK F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK KP7 KP8 KP9 KPMINUS'],
  [75, 'KP4 KP5 KP6 KPPLUS KP1 KP2 KP3 KP0 KPDOT'],
  [86, '102ND F11 F12'],
  [96, 'KPENTER RIGHTCTRL KPSLASH SYSRQ RIGHTALT LINEFEED HOME UP PAGEUP LEFT RIGHT END DOWN PAGEDOWN INSERT DELETE'],
  [113, 'MUTE VOLUMEDOWN VOLUMEUP POWER KPEQUAL KPPLUSMINUS PAUSE'],
  [125, 'LEFTMETA RIGHTMETA COMPOSE'],
];

const CODES = new Map<string, number>(
  RUNS.flatMap(([first, names]) => names.split(' ').map((name, i) => [`KEY_${name}`, first + i] as const)),
);

/** A key by its name (`KEY_ENTER`, in the Linux set) or its number. */
export function keyCode(name: string, set: number): number {
  if (/^(0x[0-9a-f]+|\d+)$/i.test(name)) return Number(name);
  const code = set === KeycodeSet.LINUX ? CODES.get(name.toUpperCase()) : undefined;
  if (code === undefined)
    throw new UsageError(`invalid keycode: '${name}': write a number, or with the linux set a name like KEY_ENTER`);
  return code;
}
