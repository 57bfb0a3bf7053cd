import type { GicCapability, SevCapability, SgxCapability } from '../model.js';
import { ask, type ProbeSession } from './session.js';

/** query-gic-capabilities */
export async function probeGic(session: ProbeSession): Promise<GicCapability[]> {
  const reply = await ask<{ version: number; kernel: boolean; emulated: boolean }[]>(session, 'query-gic-capabilities');
  return (reply ?? []).map(({ version, kernel, emulated }) => ({ version, kernel, emulated }));
}

interface SevReply {
  pdh: string;
  'cert-chain': string;
  cbitpos: number;
  'reduced-phys-bits': number;
  'cpu0-id'?: string;
}

/** query-sev-capabilities; undefined where the host cannot */
export async function probeSev(session: ProbeSession): Promise<SevCapability | undefined> {
  const reply = await ask<SevReply>(session, 'query-sev-capabilities');
  if (reply === undefined) return undefined;
  return {
    cbitpos: reply.cbitpos,
    reducedPhysBits: reply['reduced-phys-bits'],
    pdh: reply.pdh,
    certChain: reply['cert-chain'],
    ...(reply['cpu0-id'] !== undefined && { cpu0Id: reply['cpu0-id'] }),
  };
}

interface SgxReply {
  flc: boolean;
  sgx1: boolean;
  sgx2: boolean;
  'section-size': number;
  sections?: { node: number; size: number }[];
}

/** query-sgx-capabilities; undefined where the host cannot */
export async function probeSgx(session: ProbeSession): Promise<SgxCapability | undefined> {
  const reply = await ask<SgxReply>(session, 'query-sgx-capabilities');
  if (reply === undefined) return undefined;
  return {
    flc: reply.flc,
    sgx1: reply.sgx1,
    sgx2: reply.sgx2,
    sectionSize: Math.floor(reply['section-size'] / 1024),
    sections: (reply.sections ?? []).map(({ node, size }) => ({ node, size: Math.floor(size / 1024) })),
  };
}
