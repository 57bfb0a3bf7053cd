import { isArch } from '../../cpu/index.js';
import { unsupported, wrong } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';

const OS_TYPES = new Set(['hvm', 'xen', 'linux', 'exe', 'uml', 'xenpvh']);

/** What runs in the guest must be said, unless a boot loader says it. */
export function settleOs(def: DomainDef): void {
  const os = ((def as Partial<DomainDef>).os ?? { boot: [] }) as Partial<DomainDef['os']> &
    Pick<DomainDef['os'], 'boot'>;
  if (!os.type?.value) {
    if (def.bootloader === undefined) throw wrong('an os <type> must be specified');
    os.type = { ...os.type, value: 'xen' };
  }
  if (!OS_TYPES.has(os.type.value)) throw unsupported(`unknown OS type '${os.type.value}'`);
  const { arch, machine } = os.type;
  if (arch === '') delete os.type.arch;
  else if (arch !== undefined && !isArch(arch)) throw unsupported(`Unknown architecture ${arch}`);
  if (machine === '') delete os.type.machine;
  dropForeign(def.type, os as DomainDef['os']);
  def.os = os as DomainDef['os'];
}

/** Xen's guests that know of Xen were once called linux. */
export const guestKind = ({ type, os }: Pick<DomainDef, 'type' | 'os'>): string =>
  type === 'xen' && os.type.value === 'linux' ? 'xen' : os.type.value;

const INIT = ['init', 'initarg', 'initenv', 'initdir', 'inituser', 'initgroup'] as const;
const FIRMWARE = ['firmware', 'firmwareInfo', 'acpi', 'bootmenu', 'bios'] as const;
const KERNEL = ['loader', 'nvram', 'kernel', 'initrd', 'dtb', 'root'] as const;

/** virDomainDefParseBootOptions: what starts guests of another kind is not even read. */
function dropForeign(virtType: DomainDef['type'], os: DomainDef['os']): void {
  const type = guestKind({ type: virtType, os });
  if (type === 'exe') checkInit(os);
  else drop(os, INIT);
  if (type === 'hvm') return;
  drop(os, FIRMWARE);
  os.boot = [];
  if (type === 'exe' || type === 'linux') drop(os, KERNEL);
}

/** virDomainDefParseBootInitOptions */
function checkInit({ initarg = [], initenv = [] }: DomainDef['os']): void {
  if (initarg.includes('')) throw wrong('No data supplied for <initarg> element');
  for (const { name, value } of initenv)
    if (value === '') throw wrong(`No value supplied for <initenv name='${name}'> element`);
}

function drop<K extends keyof DomainDef['os']>(os: DomainDef['os'], keys: readonly K[]): void {
  for (const key of keys) delete os[key];
}
