import {
  copyDef,
  type DeviceKind,
  DeviceConfig,
  diskByTarget,
  type DomainDef,
  matchingDevices,
  type ParsedDevice,
  parseDomainDevice,
  postParseDomain,
  validateDomain,
} from '@virtkit/core/conf';
import type { CallContext, DeviceOps, DomainRef } from '@virtkit/core/driver';
import { DomainModificationImpact, ErrorDomain } from '@virtkit/core/util';
import { configUnsupported, invalidArg, notRunning } from '../errors.js';
import { requireConfig } from '../host/impact.js';
import { type LxcHost, XML_OPTION } from '../host/lxc-host.js';

/** Kinds of devices that can be given to a stored definition one by one, or taken from it. */
const CHANGEABLE: ReadonlySet<DeviceKind> = new Set<DeviceKind>(['disk', 'interface', 'hostdev']);
const UPDATABLE: ReadonlySet<DeviceKind> = new Set<DeviceKind>(['interface']);

type Action = 'attach' | 'detach' | 'update';

function checkKind(action: Action, { kind }: ParsedDevice): void {
  if (!(action === 'update' ? UPDATABLE : CHANGEABLE).has(kind))
    throw configUnsupported(`persistent ${action} of device is not supported: '${kind}' (redefine the domain instead)`);
}

/** libvirt's LXC driver has codes of its own for what is there already, or is not. */
function checkPresence(action: Action, def: DomainDef, wanted: ParsedDevice): void {
  if (wanted.kind === 'disk') {
    const target = wanted.device.target?.dev ?? '';
    const found = diskByTarget(def, target) !== undefined;
    if (action === 'attach' && found) throw invalidArg(`target ${target} already exists.`);
    if (action === 'detach' && !found) throw invalidArg(`no target device ${target}`);
  }
  if (wanted.kind === 'hostdev') {
    const found = matchingDevices(def, wanted).length > 0;
    if (action === 'attach' && found) throw invalidArg('device is already in the domain configuration');
    if (action === 'detach' && !found) throw invalidArg('device not present in domain configuration');
  }
}

function changed(action: Action, old: DomainDef, xml: string): DomainDef {
  const def = copyDef(old);
  const wanted = parseDomainDevice(xml, def, XML_OPTION);
  checkKind(action, wanted);
  checkPresence(action, def, wanted);
  const config = new DeviceConfig(def, ErrorDomain.DOMAIN);
  if (action === 'attach') config.attach(wanted);
  else if (action === 'detach') config.detach(wanted);
  else config.update(wanted);
  postParseDomain(def, XML_OPTION);
  validateDomain(def, XML_OPTION);
  return def;
}

/** Devices of a definition, one by one. */
export const deviceOps = (host: LxcHost) => {
  const change = (action: Action, ref: DomainRef, xml: string, flags: number, call: CallContext) =>
    host.job(`domain${action}Device`, ref, call, async (domain) => {
      requireConfig(flags);
      await host.save(domain, changed(action, domain.def, xml));
    });
  const { LIVE } = DomainModificationImpact;
  return {
    domainAttachDevice: (ref, xml, call) => change('attach', ref, xml, LIVE, call),
    domainAttachDeviceFlags: (ref, xml, flags, call) => change('attach', ref, xml, flags, call),
    domainDetachDevice: (ref, xml, call) => change('detach', ref, xml, LIVE, call),
    domainDetachDeviceFlags: (ref, xml, flags, call) => change('detach', ref, xml, flags, call),
    domainUpdateDeviceFlags: (ref, xml, flags, call) => change('update', ref, xml, flags, call),
    domainOpenConsole(ref) {
      host.find(ref);
      throw notRunning();
    },
  } satisfies DeviceOps;
};
