import { xmlError } from '../errors.js';

/** The name of a domain's files, without an ending: libvirt's, which is the domain's own. Raises XML_ERROR where it cannot be. */
export function domainFileName(name: string): string {
  if (name.includes('/') || name === '.' || name === '..' || name === '')
    throw xmlError(`name ${name} cannot contain '/'`);
  return name;
}
