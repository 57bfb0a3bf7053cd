import { type ElementCodec, elementOf, oneOf, req } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { internal, refusedAs } from '../common/problems.js';

/** virDomainHubDef */
export interface HubDef extends DeviceInfo {
  type: 'usb';
}

export const hub: ElementCodec<HubDef> = elementOf<HubDef>('hub', {
  type: req(oneOf('usb'), {
    ...refusedAs('unknown hub device type'),
    missing: () => internal('missing hub device type'),
  }),
  ...deviceInfo,
});
