import { formatDomain, type DomainFormatOptions } from './domain-xml.js';
import type { DomainDef } from './domain-def.js';
import type { DomainXmlOption } from './xml-option.js';

/** Which of a domain's documents. */
export type TextForm = Pick<DomainFormatOptions, 'inactive' | 'secure' | 'migratable'>;

/** Writes a domain under the rules of its driver. */
export type WriteDomain = (def: DomainDef, format: DomainFormatOptions) => string;

interface KeptText {
  readonly text: string;
  /** Whether there is more to it for those who may see passwords. */
  readonly secrets: boolean;
}

interface Place {
  readonly def: WeakRef<DomainDef>;
  readonly form: number;
  readonly length: number;
}

/** Characters in all. */
const LIMIT = 8 << 20;

/**
 * The documents of a driver's domains, each written once: definitions are replaced and never changed, so that a text stays
 * right as long as its definition lives. The oldest make room when there are too many.
 */
export class DomainTexts {
  readonly #texts = new WeakMap<DomainDef, Map<number, KeptText>>();
  /** From the oldest on. */
  readonly #places = new Set<Place>();
  #length = 0;

  constructor(
    private readonly write: WriteDomain,
    private readonly limit = LIMIT,
  ) {}

  /** For a driver that writes its domains without additions. */
  static under(option: DomainXmlOption): DomainTexts {
    return new DomainTexts((def, format) => formatDomain(def, option, format));
  }

  /** virDomainDefFormat. A text for all and one with passwords are the same where there are none. */
  of(def: DomainDef, { inactive = true, migratable = false, secure = false }: TextForm = {}): string {
    const form = (inactive ? 1 : 0) | (migratable ? 2 : 0);
    const { text, secrets } = this.#texts.get(def)?.get(form) ?? this.#keep(def, form, { inactive, migratable });
    return secure && secrets ? this.write(def, { inactive, migratable, secure }) : text;
  }

  #keep(def: DomainDef, form: number, format: DomainFormatOptions): KeptText {
    const withheld = { secrets: false };
    const text = this.write(def, { ...format, withheld });
    // Has the engine make one string of the many that a document is put together from.
    text.charCodeAt(0);
    const kept = { text, secrets: withheld.secrets };
    const known = this.#texts.get(def);
    if (known === undefined) this.#texts.set(def, new Map([[form, kept]]));
    else known.set(form, kept);
    this.#places.add({ def: new WeakRef(def), form, length: text.length });
    this.#length += text.length;
    if (this.#length > this.limit) this.#makeRoom();
    return kept;
  }

  #makeRoom(): void {
    for (const place of this.#places) {
      this.#places.delete(place);
      this.#length -= place.length;
      const def = place.def.deref();
      if (def !== undefined) this.#texts.get(def)?.delete(place.form);
      if (this.#length <= this.limit) return;
    }
  }
}
