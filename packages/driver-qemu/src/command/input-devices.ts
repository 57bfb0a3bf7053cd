import { internalError } from '../errors.js';
import type { DomainDef, InputDef } from '@virtkit/core/conf';
import type { ArgList } from './arg-list.js';
import { bootIndexOf, type BootIndexes } from './boot.js';
import { addChardev } from './chardevs.js';
import type { CommandContext } from './context.js';
import { addressProps, controllerAlias } from './device-address.js';
import { virtioProps } from './virtio.js';

export function addHubs(args: ArgList, def: DomainDef): void {
  for (const hub of def.devices.hub)
    args.device({ driver: 'usb-hub', id: hub.alias?.name ?? '', ...addressProps(def, hub) });
}

export function addInputs(args: ArgList, def: DomainDef): void {
  for (const input of def.devices.input) {
    const alias = input.alias?.name ?? '';
    if (input.type === 'evdev') {
      const { source = {} } = input;
      if (source.dev === undefined)
        throw internalError(`input device '${alias}' of type evdev names no device of the host`);
      args.object({
        'qom-type': 'input-linux',
        id: alias,
        evdev: source.dev,
        repeat: source.repeat,
        ...(source.grab === 'all' && { grab_all: true }),
        ...(source.grabToggle !== undefined && { 'grab-toggle': source.grabToggle }),
      });
    } else if (input.bus === 'usb')
      args.device({ driver: USB_INPUT[input.type], id: alias, ...addressProps(def, input) });
    else if (input.bus === 'virtio') {
      const base =
        input.type === 'passthrough'
          ? 'virtio-input-host'
          : `virtio-${input.type === 'keyboard' ? 'keyboard' : input.type}`;
      args.device({
        ...virtioProps(base, input, args.caps, input.model, input.driver),
        id: alias,
        ...(input.type === 'passthrough' && { evdev: input.source?.evdev }),
        ...addressProps(def, input),
      });
    }
  }
}

const USB_INPUT: Readonly<Record<InputDef['type'], string>> = {
  mouse: 'usb-mouse',
  tablet: 'usb-tablet',
  keyboard: 'usb-kbd',
  passthrough: 'usb-host',
  evdev: 'input-linux',
};

export function addRedirdevs(args: ArgList, def: DomainDef, context: CommandContext, boot: BootIndexes): void {
  for (const redirdev of def.devices.redirdev) {
    const alias = redirdev.alias?.name ?? '';
    addChardev(args, context, redirdev, `char${alias}`, { spice: 'usbredir' });
    const filter = def.devices.redirfilter?.usbdev.map(({ class: kind, vendor, product, version, allow }) =>
      [
        part(kind, 2),
        part(vendor, 4),
        part(product, 4),
        version === undefined ? '-1' : `0x${versionBcd(version)}`,
        allow ? '1' : '0',
      ].join(':'),
    );
    args.device({
      driver: 'usb-redir',
      chardev: `char${alias}`,
      id: alias,
      ...(filter !== undefined && filter.length > 0 && { filter: filter.join('|') }),
      ...bootIndexOf(boot, redirdev),
      ...addressProps(def, redirdev),
    });
  }
}

const part = (value: number | undefined, digits: number): string =>
  value === undefined || value < 0 ? '-1' : `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;

function versionBcd(version: string): string {
  const [major = '0', minor = '0'] = version.split('.');
  return `${major.padStart(2, '0')}${minor.padEnd(2, '0')}`;
}

export function addSmartcards(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const smartcard of def.devices.smartcard) {
    const alias = smartcard.alias?.name ?? '';
    const { address } = smartcard;
    const bus = `${address?.type === 'ccid' ? controllerAlias(def, 'ccid', address.controller) : 'ccid0'}.0`;
    switch (smartcard.mode) {
      case 'host':
        args.device({ driver: 'ccid-card-emulated', backend: 'nss-emulated', id: alias, bus });
        break;
      case 'host-certificates': {
        const [cert1, cert2, cert3] = smartcard.certificate ?? [];
        args.device({
          driver: 'ccid-card-emulated',
          backend: 'certificates',
          cert1,
          cert2,
          cert3,
          db: smartcard.database ?? '/etc/pki/nssdb',
          id: alias,
          bus,
        });
        break;
      }
      case 'passthrough':
        addChardev(args, context, smartcard, `char${alias}`, { spice: 'smartcard' });
        args.device({ driver: 'ccid-card-passthru', chardev: `char${alias}`, id: alias, bus });
    }
  }
}
