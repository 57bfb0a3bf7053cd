import { type ConfContext, type Visibility, visibilityBits } from './context.js';
import type { ElementCodec } from './codec.js';
import type { XmlNode } from './node.js';
import type { ScalarType } from './scalars.js';

/** What is known of a field without running it: for coverage counts, schemas, documentation and suggestions. */
export interface FieldDoc {
  readonly key: string;
  readonly kind: 'attribute' | 'text' | 'element' | 'list' | 'leaf' | 'leaves' | 'flag' | 'raw' | 'custom';
  /** The attribute's or element's name; '' for text and custom. */
  readonly name: string;
  readonly required: boolean;
  /** A list that is there even when it is empty. */
  readonly always?: true;
  readonly type?: ScalarType;
  /** What an absent attribute means, as it is written. */
  readonly fallback?: string;
  readonly codec?: () => ElementCodec<unknown>;
  readonly visibility?: readonly Visibility[];
  readonly text?: string;
  /** Why the field is not declarative; only for kind custom. */
  readonly reason?: string;
  readonly covers?: Covers;
}

/** Names a custom field deals with itself. */
export interface Covers {
  readonly attributes?: readonly string[];
  readonly elements?: readonly (string | ElementCodec<unknown>)[];
}

export type Model = Record<string, unknown>;

/** A field compiled for one key of a model. */
export interface Bound {
  readonly doc: FieldDoc;
  /** The attribute without which `own` has nothing to do. */
  readonly attribute?: string | undefined;
  /** Looks at the element itself: attributes, text, custom. */
  readonly own?: (node: XmlNode, out: Model, context: ConfContext) => void;
  /** Takes one child element of one of `names`. */
  readonly names?: readonly string[];
  readonly child?: (child: XmlNode, out: Model, context: ConfContext) => void;
  /** After all children: defaults and what is missing. */
  readonly finish?: (node: XmlNode, out: Model) => void;
  readonly attr?: (model: Model, context: ConfContext) => string;
  /** Escaped character data of the element itself. */
  readonly text?: (model: Model) => string;
  readonly body?: (model: Model, depth: number, context: ConfContext) => string;
  readonly needs: number;
}

/** One field of an element's model: where its value stands in the element. */
export interface Field<T, Optional extends boolean = boolean> {
  readonly optional: Optional;
  /** Only for type checking; never there. */
  readonly valueType?: T;
  readonly bind: (key: string) => Bound;
  /** Shown only in documents of all these kinds; 'live' and 'status' parts are not read from others either. */
  when(...kinds: Visibility[]): Field<T, Optional>;
  /** A sentence for the reference documentation. */
  doc(text: string): Field<T, Optional>;
}

type IsOptional<T, K extends keyof T> = {} extends Pick<T, K> ? true : false;

/** A field for every property of T, required or optional as the property is. The order is the document's. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K], IsOptional<T, K>> };

export function makeField<T, Optional extends boolean>(
  optional: Optional,
  bind: (key: string) => Bound,
): Field<T, Optional> {
  const changed = (change: (bound: Bound) => Bound): Field<T, Optional> =>
    makeField<T, Optional>(optional, (key) => change(bind(key)));
  return {
    optional,
    bind,
    when: (...kinds) =>
      changed((bound) => ({
        ...bound,
        needs: bound.needs | visibilityBits(kinds),
        doc: { ...bound.doc, visibility: kinds },
      })),
    doc: (text) => changed((bound) => ({ ...bound, doc: { ...bound.doc, text } })),
  };
}
