import { type ElementCodec, elementOf } from '../../xml/index.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';

/** virDomainNVRAMDef: the variable store of pSeries machines. */
export type NvramDef = DeviceInfo;

export const nvramDevice: ElementCodec<NvramDef> = elementOf<NvramDef>('nvram', deviceInfo);
