import {
  attr,
  type ConfContext,
  type ElementCodec,
  elementOf,
  isLive,
  leaf,
  oneOf,
  str,
  type XmlNode,
  yesNo,
} from '../../xml/index.js';
import { unsupported, wrong } from './problems.js';

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

export const securityLabel: ElementCodec<SecurityLabelDef> = elementOf<SecurityLabelDef>(
  'seclabel',
  {
    type: attr(oneOf('none', 'dynamic', 'static')),
    model: attr(str),
    relabel: attr(yesNo),
    label: leaf(str),
    imagelabel: leaf(str).when('live'),
    baselabel: leaf(str),
  },
  { after: settleLabel, before: (model) => (model.type === undefined ? undefined : model) },
);

/** virSecurityLabelDefParseXML: what of a label is read, and what its type says about relabelling. */
function settleLabel(model: SecurityLabelDef, _node: XmlNode, context: ConfContext): void {
  const { type, relabel } = model;
  if (model.model === undefined && (type === 'static' || model.baselabel !== undefined))
    throw wrong('missing security model in domain seclabel');
  if (type === undefined) {
    // Asks for what the driver does anyway.
    if (model.model === undefined) throw wrong('missing security model in domain seclabel');
    return;
  }
  if (type === 'dynamic' && relabel === false) throw unsupported('dynamic label type must use resource relabeling');
  if (type === 'none' && relabel === true)
    throw unsupported("resource relabeling is not compatible with 'none' label type");
  if (type === 'none') {
    for (const key of ['relabel', 'label', 'imagelabel', 'baselabel'] as const) delete model[key];
    return;
  }
  model.relabel = relabel ?? type === 'dynamic';
  if (type === 'static' && model.label === undefined) throw wrong('security label is missing');
  if (type === 'static') delete model.baselabel;
  else if (!isLive(context)) delete model.label;
}

/** virSecurityDeviceLabelDef: how a security driver labels one file of a device. */
export interface DeviceLabelDef {
  model?: string;
  labelskip?: boolean;
  relabel?: boolean;
  label?: string;
}

export const deviceLabel: ElementCodec<DeviceLabelDef> = elementOf<DeviceLabelDef>(
  'seclabel',
  { model: attr(str), labelskip: attr(yesNo).when('live'), relabel: attr(yesNo), label: leaf(str) },
  {
    after(model) {
      if (model.labelskip !== true) model.relabel ??= true;
      if (model.label !== undefined && model.relabel === false)
        throw wrong(
          `Cannot specify a label if relabelling is turned off. model=${model.model ?? '<null>'}: set relabel='yes'`,
        );
    },
    // Nothing but the rule that holds anyway.
    before: (model) =>
      model.labelskip !== true && model.relabel !== false && model.label === undefined ? undefined : model,
  },
);
