import type {
  ChannelDef,
  DomainDef,
  DomainDevice,
  DomainParseOptions,
  SerialDef,
  SerialTargetDef,
} from '@virtkit/core/conf';
import type { QemuXmlRules } from '../rules.js';
import { isArm, isArmVirt, isPSeries, isRiscvVirt, isS390, isX86 } from '../../machine.js';

type Chardev = Extract<DomainDevice, { kind: 'serial' | 'parallel' | 'console' | 'channel' }>;

/** qemuDomainChrDefPostParse */
export function postParseChardev(
  chardev: Chardev,
  def: DomainDef,
  rules: QemuXmlRules,
  parse: DomainParseOptions,
): void {
  if (chardev.kind === 'serial') postParseSerial(chardev.device, def);
  if (chardev.kind === 'channel' && parse.inactive !== false) dropGeneratedPath(chardev.device, rules.channelDirs);
}

const MODELS: Readonly<
  Partial<Record<NonNullable<SerialTargetDef['type']>, NonNullable<SerialTargetDef['model']>['name']>>
> = {
  'isa-serial': 'isa-serial',
  'usb-serial': 'usb-serial',
  'pci-serial': 'pci-serial',
  'spapr-vio-serial': 'spapr-vty',
  'sclp-serial': 'sclpconsole',
  'isa-debug': 'isa-debugcon',
};

function postParseSerial(serial: SerialDef, def: DomainDef): void {
  const target = (serial.target ??= {});
  // Once isa-serial was what every machine's serial port was called, so it means the machine's own kind.
  if (target.type === 'isa-serial') delete target.type;
  const type = target.type ?? defaultSerialType(def);
  if (type === undefined) return;
  target.type = type;
  const model = type === 'system-serial' ? systemSerialModel(def) : MODELS[type];
  if (target.model === undefined && model !== undefined) target.model = { name: model };
}

function defaultSerialType(def: DomainDef): SerialTargetDef['type'] {
  if (isX86(def)) return 'isa-serial';
  if (isPSeries(def)) return 'spapr-vio-serial';
  if (isArmVirt(def) || isRiscvVirt(def)) return 'system-serial';
  return isS390(def) ? 'sclp-serial' : undefined;
}

function systemSerialModel(def: DomainDef): 'pl011' | '16550a' | undefined {
  if (isArm(def)) return 'pl011';
  return isRiscvVirt(def) ? '16550a' : undefined;
}

/** qemuDomainChrDefDropDefaultPath: paths in our own folders were made up at some start, and are made up anew at the next. */
function dropGeneratedPath(device: ChannelDef, folders: readonly string[]): void {
  if (isGeneratedPath(device, folders)) delete device.source;
}

const GENERATED = /(^|\/)domain-[^/]+\/(?:channel\/)?(?<name>[^/]+)$/;

/** qemuDomainChrMatchDefaultPath: whether a channel's socket lies where sockets of domains are made up, here or elsewhere. */
export function isGeneratedPath(
  device: ChannelDef,
  folders: readonly string[],
): device is Extract<ChannelDef, { type: 'unix' }> {
  if (device.type !== 'unix' || device.target.type !== 'virtio') return false;
  const path = device.source?.path;
  if (path === undefined) return false;
  return (
    (device.target.name !== undefined && GENERATED.exec(path)?.groups?.name === device.target.name) ||
    folders.some((folder) => path.startsWith(`${folder}/target/`) || path.startsWith(`${folder}/`))
  );
}
