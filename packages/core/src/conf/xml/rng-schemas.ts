import { access } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../util/index.js';

/** Where distributions keep libvirt's schemas. */
const DIRECTORIES: readonly string[] = ['/usr/share/libvirt/schemas', '/usr/local/share/libvirt/schemas'];

type Check = (text: string) => void;

/**
 * libvirt's own schemas, where they are installed, for calls with a VALIDATE flag. Each is compiled when it is first asked
 * for and kept: checking a document then takes a fraction of a millisecond.
 */
export class RngSchemas {
  readonly #directories: readonly string[];
  readonly #checks = new Map<string, Promise<Check | undefined>>();

  constructor(directories: readonly string[] = DIRECTORIES) {
    this.#directories = directories;
  }

  /**
   * virXMLValidatorInit and virXMLValidatorValidate: raises XML_INVALID_SCHEMA for a document that does not match the
   * schema of a name, such as `domain`. False if that is not installed, and nothing was checked.
   */
  async check(name: string, text: string): Promise<boolean> {
    let check = this.#checks.get(name);
    if (check === undefined) this.#checks.set(name, (check = this.#compile(`${name}.rng`)));
    const run = await check;
    run?.(text);
    return run !== undefined;
  }

  async #compile(file: string): Promise<Check | undefined> {
    for (const directory of this.#directories) {
      const path = join(directory, file);
      if (
        await access(path).then(
          () => true,
          () => false,
        )
      )
        return compile(path);
    }
    return undefined;
  }
}

/** Answers undefined where the optional library is not installed. */
async function compile(path: string): Promise<Check | undefined> {
  const [library, node] = await Promise.all([
    import('libxml2-wasm').catch(() => undefined),
    import('libxml2-wasm/lib/nodejs.mjs').catch(() => undefined),
  ]);
  if (library === undefined || node === undefined) return undefined;
  const { ParseOption, RelaxNGValidator, XmlDocument, XmlValidateError } = library;
  // Schemas include one another by file name.
  node.xmlRegisterFsInputProviders();
  const schema = XmlDocument.fromBuffer(readFileSync(path), { url: path });
  const validator = RelaxNGValidator.fromDoc(schema);
  return (text) => {
    const document = XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET });
    try {
      validator.validate(document);
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      // Of lines the library mostly knows those of the root, so that they would only mislead.
      const faults = error.details.map(({ message }) => message.replace(/\n?$/, '\n')).join('');
      throw new LibvirtError(
        ErrorCode.XML_INVALID_SCHEMA,
        ErrorDomain.XML,
        `Unable to validate doc against ${path}\n${faults}`,
        { cause: error },
      );
    } finally {
      document.dispose();
    }
  };
}
