import { domain, type DomainDef } from '@virtkit/core/conf';
import type { DomainRef, HypervisorDriver } from '@virtkit/core/driver';
import {
  DomainCreateFlags,
  DomainDefineFlags,
  DomainEventDefinedDetailType as Defined,
  DomainEventResumedDetailType as Resumed,
  DomainEventStartedDetailType as Started,
  DomainEventStoppedDetailType as Stopped,
  DomainEventSuspendedDetailType as Suspended,
  DomainEventType as Lifecycle,
  DomainEventUndefinedDetailType as Undefined,
  DomainPausedReason,
  DomainRunningReason,
  DomainShutoffReason,
  DomainState,
  DomainUndefineFlagsValues,
  ErrorDomain,
} from '@virtkit/core/util';
import { internalError, invalidArg, operationInvalid, xmlError } from '../errors.js';
import { parseTestDomain } from '../conf/domain-xml.js';
import { checked } from '../conf/schema.js';
import { DomainObject } from '../state/domain-object.js';
import { requireActive } from '../state/modify.js';
import type { TestNode } from '../state/test-node.js';

/** Signals that a guest's first process can be sent. */
const LAST_SIGNAL = 64;

/** Definition, start, end, and what lies between. */
export function domainLifecycleOps(node: TestNode) {
  const { domains, events } = node;

  function start(dom: DomainObject): void {
    domains.started(dom, DomainState.RUNNING, DomainRunningReason.BOOTED);
    events.lifecycle(dom, Lifecycle.STARTED, Started.BOOTED);
  }

  function stop(dom: DomainObject, reason: number, detail: number): void {
    domains.stopped(dom, reason);
    events.lifecycle(dom, Lifecycle.STOPPED, detail);
    node.dropIfGone(dom);
  }

  /** What the guest's end by itself, or its reboot, leads to. */
  function endOrRestart(dom: DomainObject, action: DomainDef['on_poweroff']): void {
    if (action === 'restart' || action === 'rename-restart') {
      dom.state = DomainState.RUNNING;
      dom.reason = DomainRunningReason.BOOTED;
    } else stop(dom, DomainShutoffReason.SHUTDOWN, Stopped.SHUTDOWN);
  }

  function requireStartable(dom: DomainObject | undefined, name: string): void {
    if (dom?.active === true) throw operationInvalid(`domain '${name}' is already active`, ErrorDomain.DOMAIN);
  }

  function domainCreateXML(xml: string, flags: number): DomainRef | Promise<DomainRef> {
    return checked('domain', domain, xml, (flags & DomainCreateFlags.START_VALIDATE) !== 0, () => {
      const def = parseTestDomain(xml);
      let dom = domains.match(def.name, def.uuid);
      requireStartable(dom, def.name);
      if (dom === undefined) domains.add((dom = new DomainObject(def, def.uuid)));
      dom.managedSave = false;
      start(dom);
      dom.setLive(def);
      return dom.ref;
    });
  }

  function domainCreateWithFlags(ref: DomainRef, flags: number): DomainRef {
    const dom = domains.of(ref);
    if (dom.active) throw internalError(`Domain '${dom.name}' is already running`);
    dom.managedSave = false;
    start(dom);
    return dom.ref;
  }

  function domainShutdownFlags(ref: DomainRef, flags: number): void {
    const dom = domains.of(ref);
    if (!dom.active) throw internalError(`domain '${dom.name}' not running`);
    endOrRestart(dom, dom.live.on_poweroff);
  }

  return {
    domainCreateXML,
    domainCreateXMLWithFiles: (xml: string, files: readonly number[], flags: number) => domainCreateXML(xml, flags),
    domainCreateWithFlags,
    domainCreateWithFiles: (ref: DomainRef, files: readonly number[], flags: number) =>
      domainCreateWithFlags(ref, flags),

    domainDefineXMLFlags(xml: string, flags: number): DomainRef | Promise<DomainRef> {
      return checked('domain', domain, xml, (flags & DomainDefineFlags.VALIDATE) !== 0, () => {
        const def = parseTestDomain(xml);
        let dom = domains.match(def.name, def.uuid);
        const known = dom !== undefined && (!dom.active || dom.hasConfig);
        if (dom === undefined) domains.add((dom = new DomainObject(def, def.uuid)));
        dom.persistent = true;
        dom.setConfig(def);
        events.lifecycle(dom, Lifecycle.DEFINED, known ? Defined.UPDATED : Defined.ADDED);
        return dom.ref;
      });
    },

    domainUndefineFlags(ref: DomainRef, flags: number): void {
      const dom = domains.of(ref);
      if (dom.managedSave && (flags & DomainUndefineFlagsValues.MANAGED_SAVE) === 0)
        throw operationInvalid('Refusing to undefine while domain managed save image exists');
      const { size } = dom.snapshots;
      if (!dom.active && size > 0 && (flags & DomainUndefineFlagsValues.SNAPSHOTS_METADATA) === 0)
        throw operationInvalid(`cannot delete inactive domain with ${size} snapshots`);
      events.lifecycle(dom, Lifecycle.UNDEFINED, Undefined.REMOVED);
      dom.managedSave = false;
      if (dom.active) dom.persistent = false;
      else domains.remove(dom);
    },

    domainSuspend(ref: DomainRef): void {
      const dom = domains.of(ref);
      if (!dom.active || dom.state === DomainState.PAUSED) throw internalError(`domain '${dom.name}' not running`);
      dom.state = DomainState.PAUSED;
      dom.reason = DomainPausedReason.USER;
      events.lifecycle(dom, Lifecycle.SUSPENDED, Suspended.PAUSED);
    },

    domainResume(ref: DomainRef): void {
      const dom = domains.of(ref);
      if (dom.state !== DomainState.PAUSED) throw internalError(`domain '${dom.name}' not paused`);
      dom.state = DomainState.RUNNING;
      dom.reason = DomainRunningReason.UNPAUSED;
      events.lifecycle(dom, Lifecycle.RESUMED, Resumed.UNPAUSED);
    },

    domainShutdownFlags,

    domainReboot(ref: DomainRef, flags: number): void {
      const dom = domains.of(ref);
      requireActive(dom);
      endOrRestart(dom, dom.live.on_reboot);
    },

    domainReset(ref: DomainRef, flags: number): void {
      requireActive(domains.of(ref));
    },

    domainDestroyFlags(ref: DomainRef, flags: number): void {
      const dom = domains.of(ref);
      requireActive(dom);
      stop(dom, DomainShutoffReason.DESTROYED, Stopped.DESTROYED);
    },

    domainSendProcessSignal(ref: DomainRef, pid: bigint, signum: number, flags: number): void {
      domains.of(ref);
      if (pid !== 1n) throw invalidArg('only sending a signal to pid 1 is supported');
      if (signum < 0 || signum > LAST_SIGNAL) throw invalidArg(`signum value ${signum} is out of range`);
    },

    domainInjectNMI(ref: DomainRef, flags: number): void {
      requireActive(domains.of(ref));
    },

    domainRename(ref: DomainRef, newName: string | null, flags: number): void {
      const dom = domains.of(ref);
      const name = newName ?? '';
      if (dom.active) throw operationInvalid('cannot rename active domain');
      if (!dom.persistent) throw operationInvalid('cannot rename a transient domain');
      if (name.includes('/')) throw xmlError(`name ${name} cannot contain '/'`);
      if (name === dom.name) throw operationInvalid("Can't rename domain to itself", ErrorDomain.DOMAIN);
      if (domains.byName(name) !== undefined)
        throw operationInvalid(`domain with name '${name}' already exists`, ErrorDomain.DOMAIN);
      const oldName = dom.name;
      events.lifecycle(dom, Lifecycle.UNDEFINED, Undefined.RENAMED);
      dom.setLive({ ...dom.live, name });
      domains.renamed(dom, oldName);
      events.lifecycle(dom, Lifecycle.DEFINED, Defined.RENAMED);
    },
  } satisfies Partial<HypervisorDriver>;
}
