import {
  attr,
  child,
  childOf,
  type ConfContext,
  custom,
  type ElementCodec,
  type Fields,
  formatAttr,
  formatElement,
  isLive,
  onOff,
  part,
  positive,
  req,
  str,
  yesNo,
} from '../../xml/index.js';
import { type DeviceAddress, deviceAddress } from './address.js';
import { showsUserAliases } from '../context.js';
import { internal, unsupported } from './problems.js';

export interface AliasDef {
  name: string;
}

/** virDomainDeviceInfo: what every device may carry. */
export interface DeviceInfo {
  alias?: AliasDef;
  acpi?: { index: number };
  address?: DeviceAddress;
}

export interface BootDef {
  order: number;
  loadparm?: string;
}

/** A device that can be booted from. */
export interface BootableInfo extends DeviceInfo {
  boot?: BootDef;
}

export interface RomDef {
  enabled?: boolean;
  bar?: boolean;
  file?: string;
}

/** A device with a boot order and a ROM of its own. */
export interface RomInfo extends BootableInfo {
  rom?: RomDef;
}

/** Aliases given by the user start so; others are made up anew at every start. */
export const USER_ALIAS_PREFIX = 'ua-';

const aliasIsShown = (name: string, context: ConfContext): boolean =>
  isLive(context) || (name.startsWith(USER_ALIAS_PREFIX) && showsUserAliases(context));

export const alias = custom<AliasDef>({
  reason: 'user aliases are kept in every document, generated ones only of running domains',
  covers: { elements: [part('alias', { name: req(str) })] },
  decode(node, context) {
    const name = childOf(node, 'alias')?.attrs.name;
    return name !== undefined && aliasIsShown(name, context) ? { name } : undefined;
  },
  body: (value, depth, context) =>
    isLive(context) || value.name.startsWith(USER_ALIAS_PREFIX)
      ? formatElement(depth, 'alias', formatAttr('name', value.name), '')
      : '',
});

const LOADPARM = /^[a-zA-Z0-9. ]*$/;

export const boot = part(
  'boot',
  {
    order: req(positive),
    loadparm: attr(str),
  },
  {
    after(model) {
      const { loadparm } = model;
      if (loadparm === undefined) return;
      model.loadparm = loadparm.toUpperCase();
      if (loadparm.length === 0 || loadparm.length > 8)
        throw internal(`loadparm value '${model.loadparm}' must be between 1 and 8 characters`);
      if (!LOADPARM.test(loadparm))
        throw internal(
          `invalid loadparm value '${model.loadparm}', expecting chars in set of [a-zA-Z0-9.] and blank spaces`,
        );
    },
  },
);

const rom = part(
  'rom',
  { enabled: attr(yesNo), bar: attr(onOff), file: attr(str) },
  {
    omitEmpty: true,
    after(model) {
      if (model.enabled === false && (model.bar !== undefined || model.file !== undefined))
        throw unsupported("ROM tuning is not supported when ROM is disabled: drop 'bar' and 'file', or enabled='no'");
    },
  },
);

const acpi = child(part('acpi', { index: attr(positive) }) as ElementCodec<{ index: number }>, { emptyIsAbsent: true });
const address = child(deviceAddress);

/** The fields of {@link DeviceInfo}, which stand last in nearly every device. */
export const deviceInfo: Fields<DeviceInfo> = { alias, acpi, address };
/** The fields of {@link BootableInfo}. */
export const bootableInfo: Fields<BootableInfo> = { boot: child(boot), alias, acpi, address };
/** The fields of {@link RomInfo}. */
export const romInfo: Fields<RomInfo> = { boot: child(boot), alias, rom: child(rom), acpi, address };
