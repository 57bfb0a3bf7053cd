import { attr, type ElementCodec, elementOf, type Field, uint, xmlError, yesNo } from '../../xml/index.js';

export interface ReconnectDef {
  enabled: boolean;
  timeout?: number;
}

export const reconnect: ElementCodec<ReconnectDef> = elementOf<ReconnectDef>(
  'reconnect',
  { enabled: attr(yesNo) as Field<boolean, true> as never, timeout: attr(uint) },
  {
    after(model, node) {
      if (!model.enabled) delete model.timeout;
      if (model.enabled && model.timeout === undefined)
        throw xmlError(`Missing required attribute 'timeout' in element '${node.name}'`);
    },
  },
);

/** An element `<reconnect>` that does not say whether. */
export const unsaid = { nothingWithout: 'enabled' } as const;
