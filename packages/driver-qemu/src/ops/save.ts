import { resolve } from 'node:path';
import type { CallContext, DomainOps, DomainRef } from '@virtkit/core/driver';
import {
  DomainSaveRestoreFlags as Flags,
  DomainXMLFlags,
  paramValues,
  type TypedParams,
  validateParams,
} from '@virtkit/core/util';
import { formatDomainXml } from '../domain/xml.js';
import { invalidArg } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';
import { jobsOf } from './job.js';
import { managedSave, managedSaveOf, removeManagedSave } from '../save/managed-save.js';
import { restoreDomain, runsOn } from '../save/restore-domain.js';
import { readImageFile, rewriteImage } from '../save/save-image.js';
import { saveDomain } from '../save/save-domain.js';
import { cookieCpu, parseSavedXml, savedXml, updatedDefinition } from '../save/saved-definition.js';

/** VIR_DOMAIN_SAVE_PARAM_* */
const SAVE_PARAMS = { file: 'STRING', dxml: 'STRING' } as const;

/** Guests in files: saved ones, their documents, and the state from which a domain's next start goes on. */
export const saveOps = (host: QemuHost) => {
  const { find, job } = jobsOf(host);

  async function restore(path: string, xml: string | null, flags: number, { signal }: CallContext): Promise<void> {
    const image = await readImageFile(path);
    const own = await parseSavedXml(host, image.xml);
    const def = await updatedDefinition(host, own, xml, cookieCpu(image));
    const known = host.domains.check(def.name, def.uuid, true);
    const domain = known ?? host.domains.create(def.name, def.uuid, def);
    await domain.jobs.run(
      'domainRestore',
      async () => {
        domain.assertListed();
        host.domains.check(def.name, def.uuid, true);
        const bypassCache = (flags & Flags.BYPASS_CACHE) !== 0;
        try {
          await restoreDomain(host, domain, { path, image, def, bypassCache, paused: !runsOn(image, flags) }, signal);
        } catch (error) {
          if (!domain.persistent && !domain.active) host.domains.remove(domain);
          throw error;
        }
      },
      { signal },
    );
  }

  /** The document of an image. */
  async function imageXml(path: string, flags: number): Promise<string> {
    const def = await parseSavedXml(host, (await readImageFile(path)).xml);
    return formatDomainXml(def, DomainXMLFlags.INACTIVE | (flags & DomainXMLFlags.SECURE));
  }

  /** Gives an image another document, and says whether its guest is to run. */
  const defineXml = (path: string, xml: string, flags: number): Promise<void> =>
    rewriteImage(path, async (image) => {
      const own = await parseSavedXml(host, image.xml);
      const text = savedXml(await updatedDefinition(host, own, xml, cookieCpu(image)));
      const running = runsOn(image, flags);
      return text === image.xml && running === image.header.running ? undefined : { xml: text, running };
    });

  const save = (ref: DomainRef, to: string, xml: string | null, flags: number, call: CallContext): Promise<void> =>
    job('domainSave', ref, call, (domain) => saveDomain(host, domain, { path: resolve(to), xml, flags }, call.signal));

  const fileAndXml = (params: TypedParams): { file: string | undefined; xml: string | null } => {
    validateParams(params, SAVE_PARAMS);
    const values = paramValues(params);
    return { file: values.get('file') as string | undefined, xml: (values.get('dxml') as string | undefined) ?? null };
  };

  return {
    domainSaveFlags: save,
    domainSaveParams(ref, params, flags, call) {
      const { file, xml } = fileAndXml(params);
      if (file !== undefined) return save(ref, file, xml, flags, call);
      // Without a file it is the one that belongs to the domain.
      return job('domainSave', ref, call, (domain) => managedSave(host, domain, { flags, xml }, call.signal));
    },
    domainRestoreFlags: (from, xml, flags, call) => restore(resolve(from), xml, flags, call),
    domainRestoreParams(params, flags, call) {
      const { file, xml } = fileAndXml(params);
      if (file === undefined) throw invalidArg('missing path to restore from');
      return restore(resolve(file), xml, flags, call);
    },
    domainSaveImageGetXMLDesc: (file, flags) => imageXml(resolve(file), flags),
    domainSaveImageDefineXML: (file, xml, flags) => defineXml(resolve(file), xml, flags),

    domainManagedSave: (ref, flags, call) =>
      job('domainManagedSave', ref, call, (domain) => managedSave(host, domain, { flags }, call.signal)),
    domainHasManagedSaveImage: (ref) => find(ref).managedSave,
    domainManagedSaveRemove: (ref, _flags, call) =>
      job('domainManagedSaveRemove', ref, call, (domain) => removeManagedSave(host, domain)),
    domainManagedSaveGetXMLDesc: (ref, flags) => imageXml(managedSaveOf(host, find(ref)), flags),
    domainManagedSaveDefineXML: (ref, xml, flags, call) =>
      job('domainManagedSaveDefineXML', ref, call, (domain) => {
        const path = managedSaveOf(host, domain);
        if (xml === null) throw invalidArg('a document is needed to give the saved state of a domain another one');
        return defineXml(path, xml, flags);
      }),
  } satisfies DomainOps;
};
