import {
  domain as domainCodec,
  type DomainDef,
  domainMetadata,
  DomainTexts,
  parseDomain,
  validateDocument,
  withDomainMetadata,
} from '@virtkit/core/conf';
import { domainFilter, type DomainOps, type TuningOps } from '@virtkit/core/driver';
import {
  DomainDefineFlags,
  DomainEventID,
  DomainMetadataType,
  DomainShutoffReason,
  DomainState,
  DomainXMLFlags,
} from '@virtkit/core/util';
import { requireConfig, requireOneConfig } from '../host/impact.js';
import { noDomain } from '../host/lxc-domain.js';
import { type LxcHost, XML_OPTION } from '../host/lxc-host.js';

/** What all domains of this driver have in common. */
const TRAITS = {
  active: false,
  persistent: true,
  state: DomainState.SHUTOFF,
  managedSave: false,
  hasSnapshot: false,
  hasCheckpoint: false,
} as const;

const texts = DomainTexts.under(XML_OPTION);

/** virDomainGetXMLDesc */
const textOf = (def: DomainDef, flags: number): string =>
  texts.of(def, {
    secure: (flags & DomainXMLFlags.SECURE) !== 0,
    migratable: (flags & DomainXMLFlags.MIGRATABLE) !== 0,
  });

/** Definitions: found, made, shown, described. */
export const definitionOps = (host: LxcHost) => {
  const { domains } = host;
  return {
    connectListAllDomains(flags) {
      const wanted = domainFilter(flags);
      return [...domains].filter(({ autostart }) => wanted({ ...TRAITS, autostart })).map(({ ref }) => ref);
    },
    domainLookupByID(id) {
      throw noDomain(`id ${id}`);
    },
    domainLookupByUUID(uuid) {
      const domain = domains.byUuid(uuid);
      if (domain === undefined) throw noDomain(`uuid '${uuid}'`);
      return domain.ref;
    },
    domainLookupByName(name) {
      const domain = domains.byName(name);
      if (domain === undefined) throw noDomain(`name '${name}'`);
      return domain.ref;
    },

    async domainDefineXMLFlags(xml, flags, call) {
      if ((flags & DomainDefineFlags.VALIDATE) !== 0) await validateDocument('domain', domainCodec, xml);
      return host.define(parseDomain(xml, XML_OPTION, { abiUpdate: true }), call);
    },
    domainUndefineFlags: (ref, _flags, call) => host.undefine(ref, call),
    domainGetXMLDesc: (ref, flags) => textOf(host.find(ref).def, flags),

    domainGetAutostart: (ref) => host.find(ref).autostart,
    domainSetAutostart: (ref, autostart, call) => host.setAutostart(ref, autostart, call),

    domainSetMetadata: (ref, type, text, key, uri, flags, call) =>
      host.job('domainSetMetadata', ref, call, async (domain) => {
        requireConfig(flags);
        await host.save(domain, withDomainMetadata(domain.def, type, text, key, uri));
        const nsuri = type === DomainMetadataType.ELEMENT ? uri : null;
        host.events.emit(DomainEventID.METADATA_CHANGE, domain.uuid, { dom: domain.ref, type, nsuri });
      }),
    domainGetMetadata(ref, type, uri, flags) {
      const { def } = host.find(ref);
      requireOneConfig(flags);
      return domainMetadata(def, type, uri);
    },

    domainGetInfo(ref) {
      const { def } = host.find(ref);
      return {
        state: DomainState.SHUTOFF,
        maxMem: BigInt(def.memory.value),
        memory: BigInt(def.currentMemory),
        nrVirtCpu: def.vcpu.value,
        cpuTime: 0n,
      };
    },
    domainGetState(ref) {
      host.find(ref);
      return { state: DomainState.SHUTOFF, reason: DomainShutoffReason.UNKNOWN };
    },
    domainGetOSType: (ref) => host.find(ref).def.os.type.value,
    domainGetMaxMemory: (ref) => BigInt(host.find(ref).def.memory.value),
    domainIsActive: (ref) => (host.find(ref), false),
    domainIsPersistent: (ref) => (host.find(ref), true),
    domainIsUpdated: (ref) => (host.find(ref), false),
    domainHasManagedSaveImage: (ref) => (host.find(ref), false),
  } satisfies DomainOps & TuningOps;
};
