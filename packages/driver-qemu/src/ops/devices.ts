import {
  DeviceConfig,
  type DiskDef,
  type DomainDef,
  type DomainDevice,
  domainDevices,
  type DomainXmlOption,
  parseDomain,
  parseDomainDevice,
  postParseDomain,
} from '@virtkit/core/conf';
import type { CallContext, DeviceOps, DomainRef } from '@virtkit/core/driver';
import { DomainModificationImpact, ErrorDomain } from '@virtkit/core/util';
import type { QemuDomain } from '../domain/domain.js';
import { impactOf, saveConfig } from '../domain/impact.js';
import { formatInactive, xmlOptionFor } from '../domain/xml.js';
import { internalError } from '../errors.js';
import { attachLive, detachAliasLive, detachLive, updateLive } from '../hotplug/index.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';

type Change = (config: DeviceConfig, def: DomainDef, option: DomainXmlOption) => void | Promise<void>;

/** Devices of a definition come and go one by one. */
export const deviceOps = (host: QemuHost) => {
  const { job } = jobsOf(host);

  /** Makes a change to a copy of the stored definition, and stores that if the change was possible. */
  async function change(
    what: string,
    ref: DomainRef,
    flags: number,
    call: CallContext,
    apply: Change,
    applyLive: (domain: QemuDomain, option: DomainXmlOption) => Promise<void>,
  ): Promise<void> {
    await job(what, ref, call, async (domain) => {
      const { live, config } = impactOf(domain, flags);
      const old = config ? domain.persistentDef : domain.def;
      const option = await xmlOptionFor(host, { emulator: old.devices.emulator, arch: old.os.type.arch });
      // Read anew, so that it is in the order in which the next host process will have it.
      const def = config ? parseDomain(formatInactive(old), option, { skipValidate: true }) : undefined;
      if (def !== undefined) await apply(new DeviceConfig(def, ErrorDomain.QEMU), def, option);
      if (live) await applyLive(domain, option);
      if (def !== undefined) await saveConfig(host, domain, def);
    });
  }

  /** virDomainDiskTranslateSourcePool: a volume of storage must be there. */
  async function checkVolume(disk: DiskDef): Promise<void> {
    if (disk.type !== 'volume') return;
    const { pool: name, volume } = (disk.source ?? {}) as { pool?: string; volume?: string };
    if (name === undefined || volume === undefined) return;
    const storage = await host.storage();
    try {
      const pool = await storage.storagePoolLookupByName(name);
      if (await pool.isActive()) await pool.storageVolLookupByName(volume);
    } finally {
      await storage.close();
    }
  }

  /** Attaching and updating give the device, and what it needs, a place. */
  const put =
    (what: string, method: 'attach' | 'update') =>
    (ref: DomainRef, xml: string, flags: number, call: CallContext): Promise<void> => {
      const applyLive = (domain: QemuDomain, option: DomainXmlOption) =>
        method === 'attach' ? attachLive(host, domain, xml, option) : updateLive(host, domain, xml, option, flags);
      const apply: Change = async (config, def, option) => {
        const wanted = parseDomainDevice(xml, def, option, { abiUpdate: true });
        config[method](wanted);
        if (method === 'attach' && wanted.kind === 'disk') await checkVolume(wanted.device);
        // What is new may have today's defaults; what is replaced keeps to those of its time.
        postParseDomain(def, option, { abiUpdate: method === 'attach' });
      };
      return change(what, ref, flags, call, apply, applyLive);
    };

  const { LIVE } = DomainModificationImpact;
  const attach = put('domainAttachDeviceFlags', 'attach');
  const detach = (ref: DomainRef, xml: string, flags: number, call: CallContext): Promise<void> =>
    change(
      'domainDetachDeviceFlags',
      ref,
      flags,
      call,
      (config, def, option) => {
        config.detach(parseDomainDevice(xml, def, option, { skipValidate: true }));
        postParseDomain(def, option);
      },
      (domain, option) => detachLive(domain, xml, option),
    );

  return {
    domainAttachDevice: (ref, xml, call) => attach(ref, xml, LIVE, call),
    domainAttachDeviceFlags: attach,
    domainUpdateDeviceFlags: put('domainUpdateDeviceFlags', 'update'),
    domainDetachDevice: (ref, xml, call) => detach(ref, xml, LIVE, call),
    domainDetachDeviceFlags: detach,
    domainDetachDeviceAlias: (ref, alias, flags, call) =>
      change(
        'domainDetachDeviceAlias',
        ref,
        flags,
        call,
        (config, def, option) => {
          config.detach(deviceByAlias(def, alias));
          postParseDomain(def, option);
        },
        (domain) => detachAliasLive(domain, alias),
      ),
  } satisfies DeviceOps;
};

function deviceByAlias(def: DomainDef, alias: string): DomainDevice {
  for (const found of domainDevices(def))
    if ((found.device as { alias?: { name: string } }).alias?.name === alias) return found;
  throw internalError(`no device found with alias ${alias}`);
}
