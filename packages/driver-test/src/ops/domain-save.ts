import type { DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import {
  DomainCoreDumpFlags,
  DomainCoreDumpFormat,
  DomainEventStartedDetailType as Started,
  DomainEventStoppedDetailType as Stopped,
  DomainEventType as Lifecycle,
  DomainRunningReason,
  DomainShutoffReason,
  DomainState,
  ErrorDomain,
} from '@virtkit/core/util';
import { formatTestDomain, parseTestDomain } from '../conf/domain-xml.js';
import { argumentUnsupported, operationInvalid, operationUnsupported } from '../errors.js';
import { DomainObject } from '../state/domain-object.js';
import { requireActive } from '../state/modify.js';
import { readSaveImage, writeCoreDump, writeSaveImage } from '../state/save-image.js';
import type { TestNode } from '../state/test-node.js';

/** Saving to files, managed save, core dumps. */
export function domainSaveOps(node: TestNode) {
  const { domains, events } = node;

  function stop(dom: DomainObject, reason: number, detail: number): void {
    domains.stopped(dom, reason);
    events.lifecycle(dom, Lifecycle.STOPPED, detail);
    node.dropIfGone(dom);
  }

  return {
    domainSaveFlags(ref: DomainRef, to: string, dxml: string | null, flags: number): void {
      if (dxml !== null) throw argumentUnsupported('xml modification unsupported');
      const dom = domains.of(ref);
      requireActive(dom);
      writeSaveImage(to, dom.name, formatTestDomain(dom.live, { id: dom.id, secure: true }));
      stop(dom, DomainShutoffReason.SAVED, Stopped.SAVED);
    },

    domainRestoreFlags(from: string, dxml: string | null, flags: number): void {
      if (dxml !== null) throw argumentUnsupported('xml modification unsupported');
      const def = parseTestDomain(readSaveImage(from), { skipValidate: true });
      let dom = domains.match(def.name, def.uuid);
      if (dom?.active === true) throw operationInvalid(`domain '${def.name}' is already active`, ErrorDomain.DOMAIN);
      if (dom === undefined) domains.add((dom = new DomainObject(def, def.uuid)));
      domains.started(dom, DomainState.RUNNING, DomainRunningReason.RESTORED);
      dom.setLive(def);
      events.lifecycle(dom, Lifecycle.STARTED, Started.RESTORED);
    },

    domainSaveImageGetXMLDesc(file: string, flags: number): string {
      // With the passwords in it, as libvirt's does whether asked for or not.
      return formatTestDomain(parseTestDomain(readSaveImage(file), { skipValidate: true }), { secure: true });
    },

    domainSaveImageDefineXML(file: string, dxml: string, flags: number): void {
      readSaveImage(file);
      const def = parseTestDomain(dxml);
      writeSaveImage(file, def.name, formatTestDomain(def, { secure: true }));
    },

    domainManagedSave(ref: DomainRef, flags: number): void {
      const dom = domains.of(ref);
      requireActive(dom);
      if (!dom.persistent) throw operationInvalid('cannot do managed save for transient domain');
      stop(dom, DomainShutoffReason.SAVED, Stopped.SAVED);
      dom.managedSave = true;
    },

    domainHasManagedSaveImage: (ref: DomainRef, flags: number) => domains.of(ref).managedSave,

    domainManagedSaveRemove(ref: DomainRef, flags: number): void {
      domains.of(ref).managedSave = false;
    },

    domainCoreDumpWithFormat(ref: DomainRef, to: string, dumpformat: number, flags: number): void {
      const dom = domains.of(ref);
      requireActive(dom);
      writeCoreDump(to, dom.name);
      if (dumpformat !== DomainCoreDumpFormat.RAW)
        throw operationUnsupported('kdump-compressed format is not supported here');
      if ((flags & DomainCoreDumpFlags.CRASH) !== 0) stop(dom, DomainShutoffReason.CRASHED, Stopped.CRASHED);
    },
  } satisfies Partial<HypervisorDriver>;
}
