import { attr, type ElementCodec, elementOf, leaf, oneOf, str, yesNo } from '../../xml/index.js';
import { contradictory } from './problems.js';

/** virSecurityLabelDef: how a security driver labels the whole domain. */
export interface SecurityLabelDef {
  type?: 'none' | 'dynamic' | 'static';
  model?: string;
  relabel?: boolean;
  label?: string;
  /** What is in force while the domain runs. */
  imagelabel?: string;
  baselabel?: string;
}

export const securityLabel: ElementCodec<SecurityLabelDef> = elementOf<SecurityLabelDef>('seclabel', {
  type: attr(oneOf('none', 'dynamic', 'static')),
  model: attr(str),
  relabel: attr(yesNo),
  label: leaf(str),
  imagelabel: leaf(str).when('live'),
  baselabel: leaf(str),
});

/** virSecurityDeviceLabelDef: how a security driver labels one file of a device. */
export interface DeviceLabelDef {
  model?: string;
  labelskip?: boolean;
  relabel?: boolean;
  label?: string;
}

export const deviceLabel: ElementCodec<DeviceLabelDef> = elementOf<DeviceLabelDef>(
  'seclabel',
  { model: attr(str), labelskip: attr(yesNo), relabel: attr(yesNo), label: leaf(str) },
  {
    after(model) {
      if (model.label !== undefined && model.relabel === false)
        throw contradictory(
          `Cannot specify a label if relabelling is turned off: set relabel='yes' for model ${model.model ?? 'of the seclabel'}`,
        );
    },
  },
);
