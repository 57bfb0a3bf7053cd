import { call, event, type ProcedureTable } from '../procedure.js';
import { domain, hyper, int, list, optional, string, uhyper, uint, record } from '../types.js';
import { typedParam } from '../typed-param.js';

const domainEventLifecycleMsg = record({ dom: domain, event: int, detail: int });
const domainEventRebootMsg = record({ dom: domain });
const domainEventRtcChangeMsg = record({ dom: domain, offset: hyper });
const domainEventWatchdogMsg = record({ dom: domain, action: int });
const domainEventIoErrorMsg = record({ dom: domain, srcPath: string, devAlias: string, action: int });
const domainEventGraphicsAddress = record({ family: int, node: string, service: string });
const domainEventGraphicsIdentity = record({ type: string, name: string });
const domainEventGraphicsMsg = record({
  dom: domain,
  phase: int,
  local: domainEventGraphicsAddress,
  remote: domainEventGraphicsAddress,
  authScheme: string,
  subject: list(domainEventGraphicsIdentity, 20),
});
const domainEventIoErrorReasonMsg = record({
  dom: domain,
  srcPath: string,
  devAlias: string,
  action: int,
  reason: string,
});
const domainEventControlErrorMsg = record({ dom: domain });
const domainEventBlockJobMsg = record({ dom: domain, path: string, type: int, status: int });
const domainEventDiskChangeMsg = record({
  dom: domain,
  oldSrcPath: optional(string),
  newSrcPath: optional(string),
  devAlias: string,
  reason: int,
});
const domainEventTrayChangeMsg = record({ dom: domain, devAlias: string, reason: int });
const domainEventPmwakeupMsg = record({ dom: domain });
const domainEventPmsuspendMsg = record({ dom: domain });
const domainEventBalloonChangeMsg = record({ dom: domain, actual: uhyper });
const domainEventPmsuspendDiskMsg = record({ dom: domain });
const domainEventDeviceRemovedMsg = record({ dom: domain, devAlias: string });

/** Events of domains: registration and messages, in both generations. */
export const domainEventsProcedures = {
  connectDomainEventRegister: call(105, 'high', null, { cbRegistered: int }, ['connect:search_domains'], {
    filter: 'domain:getattr',
  }),
  connectDomainEventDeregister: call(106, 'high', null, { cbRegistered: int }, ['connect:read']),
  connectDomainEventRegisterAny: call(167, 'high', { eventID: int }, null, ['connect:search_domains'], {
    filter: 'domain:getattr',
  }),
  connectDomainEventDeregisterAny: call(168, 'high', { eventID: int }, null, ['connect:read']),
} satisfies ProcedureTable;

/** Events of domains: registration and messages, in both generations. Messages and calls that no driver table has. */
export const domainMessages = {
  domainEventLifecycle: event(107, domainEventLifecycleMsg),
  domainEventReboot: event(169, domainEventRebootMsg),
  domainEventRtcChange: event(170, domainEventRtcChangeMsg),
  domainEventWatchdog: event(171, domainEventWatchdogMsg),
  domainEventIoError: event(172, domainEventIoErrorMsg),
  domainEventGraphics: event(173, domainEventGraphicsMsg),
  domainEventIoErrorReason: event(195, domainEventIoErrorReasonMsg),
  domainEventControlError: event(224, domainEventControlErrorMsg),
  domainEventBlockJob: event(241, domainEventBlockJobMsg),
  domainEventDiskChange: event(248, domainEventDiskChangeMsg),
  domainEventTrayChange: event(268, domainEventTrayChangeMsg),
  domainEventPmwakeup: event(269, domainEventPmwakeupMsg),
  domainEventPmsuspend: event(270, domainEventPmsuspendMsg),
  domainEventBalloonChange: event(276, domainEventBalloonChangeMsg),
  domainEventPmsuspendDisk: event(292, domainEventPmsuspendDiskMsg),
  domainEventDeviceRemoved: event(311, domainEventDeviceRemovedMsg),
  connectDomainEventCallbackRegisterAny: call(
    316,
    'high',
    { eventID: int, dom: optional(domain) },
    { callbackID: int },
    ['connect:search_domains'],
    { filter: 'domain:getattr' },
  ),
  connectDomainEventCallbackDeregisterAny: call(317, 'high', { callbackID: int }, null, ['connect:read']),
  domainEventCallbackLifecycle: event(318, { callbackID: int, msg: domainEventLifecycleMsg }),
  domainEventCallbackReboot: event(319, { callbackID: int, msg: domainEventRebootMsg }),
  domainEventCallbackRtcChange: event(320, { callbackID: int, msg: domainEventRtcChangeMsg }),
  domainEventCallbackWatchdog: event(321, { callbackID: int, msg: domainEventWatchdogMsg }),
  domainEventCallbackIoError: event(322, { callbackID: int, msg: domainEventIoErrorMsg }),
  domainEventCallbackGraphics: event(323, { callbackID: int, msg: domainEventGraphicsMsg }),
  domainEventCallbackIoErrorReason: event(324, { callbackID: int, msg: domainEventIoErrorReasonMsg }),
  domainEventCallbackControlError: event(325, { callbackID: int, msg: domainEventControlErrorMsg }),
  domainEventCallbackBlockJob: event(326, { callbackID: int, msg: domainEventBlockJobMsg }),
  domainEventCallbackDiskChange: event(327, { callbackID: int, msg: domainEventDiskChangeMsg }),
  domainEventCallbackTrayChange: event(328, { callbackID: int, msg: domainEventTrayChangeMsg }),
  domainEventCallbackPmwakeup: event(329, { callbackID: int, reason: int, msg: domainEventPmwakeupMsg }),
  domainEventCallbackPmsuspend: event(330, { callbackID: int, reason: int, msg: domainEventPmsuspendMsg }),
  domainEventCallbackBalloonChange: event(331, { callbackID: int, msg: domainEventBalloonChangeMsg }),
  domainEventCallbackPmsuspendDisk: event(332, { callbackID: int, reason: int, msg: domainEventPmsuspendDiskMsg }),
  domainEventCallbackDeviceRemoved: event(333, { callbackID: int, msg: domainEventDeviceRemovedMsg }),
  domainEventBlockJob2: event(339, { callbackID: int, dom: domain, dst: string, type: int, status: int }),
  domainEventCallbackTunable: event(346, { callbackID: int, dom: domain, params: list(typedParam, 2048) }),
  domainEventCallbackAgentLifecycle: event(348, { callbackID: int, dom: domain, state: int, reason: int }),
  domainEventCallbackDeviceAdded: event(354, { callbackID: int, dom: domain, devAlias: string }),
  domainEventCallbackMigrationIteration: event(359, { callbackID: int, dom: domain, iteration: int }),
  domainEventCallbackJobCompleted: event(363, { callbackID: int, dom: domain, params: list(typedParam, 64) }),
  domainEventCallbackDeviceRemovalFailed: event(367, { callbackID: int, dom: domain, devAlias: string }),
  domainEventCallbackMetadataChange: event(379, { callbackID: int, dom: domain, type: int, nsuri: optional(string) }),
  domainEventBlockThreshold: event(385, {
    callbackID: int,
    dom: domain,
    dev: string,
    path: optional(string),
    threshold: uhyper,
    excess: uhyper,
  }),
  domainEventMemoryFailure: event(423, { callbackID: int, dom: domain, recipient: int, action: int, flags: uint }),
  domainEventMemoryDeviceSizeChange: event(438, { callbackID: int, dom: domain, alias: string, size: uhyper }),
} satisfies ProcedureTable;
