import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';
import { attr, custom, elementOf, list, oneOf, req, uint } from '../xml/index.js';

/** virNetDevVlan: one tag */
export interface VlanTag {
  id: number;
  nativeMode?: 'tagged' | 'untagged';
}

/** virNetDevVlan */
export interface Vlan {
  trunk?: true;
  tag: VlanTag[];
}

const problem = (detail: string): LibvirtError => new LibvirtError(ErrorCode.XML_ERROR, ErrorDomain.NONE, detail);

const tag = elementOf<VlanTag>(
  'tag',
  { id: req(uint), nativeMode: attr(oneOf('tagged', 'untagged')) },
  {
    after({ id }) {
      if (id > 4095) throw problem(`vlan tag id ${id} too large (maximum 4095)`);
    },
  },
);

export const vlan = elementOf<Vlan>(
  'vlan',
  {
    trunk: custom<true>({
      reason: 'several tags imply it, and its words are compared without regard to case',
      covers: { attributes: ['trunk'] },
      decode: (node) => (node.attrs.trunk?.toLowerCase() === 'yes' ? true : undefined),
      attrs: () => " trunk='yes'",
    }),
    tag: list(tag),
  },
  {
    after(model, node) {
      const trunk = node.attrs.trunk || undefined;
      const native = model.tag.filter((one) => one.nativeMode !== undefined).length;
      if (model.tag.length === 0)
        throw problem("missing tag id - each <vlan> must have at least one <tag id='n'/> subelement");
      if (native > 1) throw problem('duplicate native vlan setting');
      if (trunk !== undefined && model.trunk === undefined) {
        if (model.tag.length > 1)
          throw problem(`invalid "trunk='${trunk}'" in <vlan> - trunk='yes' is required for more than one vlan tag`);
        if (native > 0)
          throw problem(`invalid configuration in <vlan> - "trunk='no'" is not allowed with a native vlan id`);
        if (trunk.toLowerCase() !== 'no') throw problem(`invalid "trunk='${trunk}'" in <vlan> - must be yes or no`);
      }
      if (model.tag.length > 1) model.trunk = true;
    },
  },
);
