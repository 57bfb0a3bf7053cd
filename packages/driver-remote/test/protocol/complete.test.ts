import { readFileSync } from 'node:fs';
import { EVENTS, FUNCTIONS, type FunctionName } from '@virtkit/core/driver';
import { describe, expect, it } from 'vitest';
import { FakeDaemon, open } from '../fake-daemon.js';
import { sharedPath } from './shared.js';

interface Facts {
  programs: Record<string, { procedures: { name: string; kind: string }[] }>;
}

/** Procedures that no function of the API is forwarded by, and what becomes of them. */
const APART: Readonly<Record<string, string>> = {
  'remote.connectOpen': 'opening',
  'remote.connectClose': 'closing',
  'remote.connectGetUri': 'opening, where the daemon chose',
  'remote.connectRegisterCloseCallback': 'opening',
  'remote.connectUnregisterCloseCallback': 'asked for as long as the connection lives',
  'remote.authList': 'opening',
  'remote.authSaslInit': 'opening',
  'remote.authSaslStart': 'opening',
  'remote.authSaslStep': 'opening',
  'remote.authPolkit': 'opening',
  'remote.connectDomainEventRegister': 'first generation of events',
  'remote.connectDomainEventDeregister': 'first generation of events',
  'remote.connectDomainEventRegisterAny': 'first generation of events',
  'remote.connectDomainEventDeregisterAny': 'first generation of events',
  'remote.domainOpenGraphics': 'needs a descriptor to be sent',
  'remote.domainOpenGraphicsFd': 'needs a descriptor to be received',
  'remote.domainFdAssociate': 'needs descriptors to be sent',
  'lxc.domainOpenNamespace': 'needs descriptors to be received',
};

const factsPath = sharedPath('rpc', 'rpc-facts.json');

describe.skipIf(factsPath === undefined)('what a remote connection forwards', () => {
  const facts = JSON.parse(factsPath === undefined ? '{"programs":{}}' : readFileSync(factsPath, 'utf8')) as Facts;
  const of = (program: string, event: boolean): string[] =>
    (facts.programs[program]?.procedures ?? [])
      .filter(({ kind }) => (kind === 'event') === event)
      .map(({ name }) => `${program}.${name}`);

  it('is every procedure that a hypervisor is called by', async () => {
    await using daemon = new FakeDaemon();
    await daemon.listen();
    await using connect = await open(daemon);
    const carried = new Map<string, FunctionName>();
    for (const name of Object.keys(FUNCTIONS) as FunctionName[]) {
      const { wire } = FUNCTIONS[name];
      if (wire !== undefined && (await connect.supports(name))) carried.set(wire.toLowerCase(), name);
    }
    const registered =
      /^(remote\.connect(DomainEventCallback|(Network|StoragePool|NodeDevice|Secret)Event)|qemu\.connectDomainMonitorEvent)(Register|Deregister)/i;
    const calls = [...of('remote', false), ...of('qemu', false), ...of('lxc', false)];
    const missing = calls.filter(
      (name) => !carried.has(name.toLowerCase()) && !(name in APART) && !registered.test(name),
    );
    expect(missing).toEqual([]);
    // What is apart for a reason is apart indeed.
    expect(Object.keys(APART).filter((name) => carried.has(name.toLowerCase()))).toEqual([]);
    expect(Object.keys(APART).filter((name) => !calls.includes(name))).toEqual([]);
  });

  it('and every event', () => {
    const known = new Set(EVENTS.flatMap(({ wire, legacy }) => [wire, legacy]).map((name) => name?.toLowerCase()));
    const missing = of('remote', true).filter((name) => !known.has(name.slice('remote.'.length).toLowerCase()));
    expect(missing).toEqual(['remote.connectEventConnectionClosed']);
  });
});
