import { wrong } from '../common/problems.js';
import type { DomainDef } from '../domain-def.js';
import { checkOsType } from '../read-order.js';

/** What runs in the guest must be said, unless a boot loader says it. */
export function settleOs(def: DomainDef): void {
  const os = ((def as Partial<DomainDef>).os ?? { boot: [] }) as Partial<DomainDef['os']> &
    Pick<DomainDef['os'], 'boot'>;
  checkOsType(os.type?.value, os.type?.arch, def.bootloader !== undefined);
  if (!os.type?.value) os.type = { ...os.type, value: 'xen' };
  const { arch, machine } = os.type;
  if (arch === '') delete os.type.arch;
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
