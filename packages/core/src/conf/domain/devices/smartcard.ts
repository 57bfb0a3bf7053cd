import { type ElementCodec, elementOf, leaf, leaves, str, variants } from '../../xml/index.js';
import { aroundCharSource, type CharSource } from '../common/chardev.js';
import { type DeviceInfo, deviceInfo } from '../common/device-info.js';
import { internal, refusedAsPlain, wrong } from '../common/problems.js';

/** virDomainSmartcardDef */
export type SmartcardDef = DeviceInfo &
  (
    | { mode: 'host' }
    | { mode: 'host-certificates'; certificate?: string[]; database?: string }
    | ({ mode: 'passthrough' } & CharSource)
  );

export const smartcard: ElementCodec<SmartcardDef> = elementOf<SmartcardDef>(
  'smartcard',
  variants('mode', {
    host: deviceInfo,
    'host-certificates': { certificate: leaves(str), database: leaf(str), ...deviceInfo },
    passthrough: variants<CharSource & DeviceInfo, 'type'>('type', aroundCharSource({}, deviceInfo), {
      ...refusedAsPlain('unknown type presented to host for character device: '),
      missing: () => wrong('passthrough mode requires a character device type attribute'),
    }) as never,
  }),
  {
    after(model, node) {
      if (
        model.mode === 'host-certificates' &&
        node.children.some(({ name, text }) => name === 'database' && text === '')
      )
        throw internal('<database> of a smart card is empty');
      if (model.mode === 'host-certificates' && model.certificate?.length !== 3)
        throw wrong('host-certificates mode needs exactly three certificates');
      if (model.mode === 'host-certificates' && model.database !== undefined && !model.database.startsWith('/'))
        throw wrong(`expecting absolute path: ${model.database}`);
    },
  },
);
