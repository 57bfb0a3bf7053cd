import type { Domain } from '@virtkit/core';
import { DomainControlState, DomainXMLFlags } from '@virtkit/core/util';
import { commands } from '../command.js';
import { ifSupported } from '../if-supported.js';
import { disksOf, interfacesOf } from '../domain-xml.js';
import { document } from '../output/document.js';
import { facts, lines, listed, textOf } from '../output/output.js';
import { constantName, reasonName, stateName } from '../state-names.js';

const domain = commands('Domains');

const monitor = commands('Domain monitoring');

async function securityOf(one: Domain): Promise<(readonly [string, string, unknown])[]> {
  const model = await ifSupported(one.connect.nodeGetSecurityModel());
  if (model === undefined || model.model === '') return [];
  const label = await ifSupported(one.getSecurityLabel());
  return [
    ['Security model', 'securityModel', model.model],
    ['Security DOI', 'securityDoi', model.doi],
    ...(label === undefined || label.label === ''
      ? []
      : [
          [
            'Security label',
            'securityLabel',
            `${label.label} (${label.enforcing ? 'enforcing' : 'permissive'})`,
          ] as const,
        ]),
  ];
}

export const DOMAIN_INFO = [
  domain(
    'dumpxml',
    "Print a domain's XML",
    {
      args: '<domain>',
      options: {
        '--inactive': [DomainXMLFlags.INACTIVE, 'the definition for its next start'],
        '--security-info': [DomainXMLFlags.SECURE, 'with passwords'],
        '--update-cpu': [DomainXMLFlags.UPDATE_CPU, 'with the CPU of this host filled in'],
        '--migratable': [DomainXMLFlags.MIGRATABLE, 'fit for migration to older hosts'],
      },
    },
    async (call) => {
      const one = await call.domain();
      return document('domain', await call.attempt(`get XML of domain '${one.name}'`, one.getXMLDesc(call.flags)));
    },
  ),
  monitor('dominfo', 'Show the basic facts of a domain', { args: '<domain>' }, async (call) => {
    const one = await call.domain();
    const info = await one.getInfo();
    const persistent = await ifSupported(one.isPersistent());
    const autostart = await ifSupported(one.getAutostart());
    const managedSave = await ifSupported(one.hasManagedSaveImage());
    const unlimited = info.maxMem >= BigInt(Number.MAX_SAFE_INTEGER);
    return facts([
      ['Id', 'id', one.id < 0 ? null : one.id],
      ['Name', 'name', one.name],
      ['UUID', 'uuid', one.uuid],
      ['OS Type', 'osType', (await ifSupported(one.getOSType())) ?? null],
      ['State', 'state', stateName(info.state)],
      ['CPU(s)', 'cpus', info.nrVirtCpu],
      ...(info.cpuTime === 0n
        ? []
        : ([['CPU time', 'cpuTime', info.cpuTime, `${(Number(info.cpuTime) / 1e9).toFixed(1)}s`]] as const)),
      ['Max memory', 'maxMemory', info.maxMem, unlimited ? 'no limit' : `${info.maxMem} KiB`],
      ['Used memory', 'usedMemory', info.memory, `${info.memory} KiB`],
      ['Persistent', 'persistent', persistent ?? null, persistent === undefined ? 'unknown' : textOf(persistent)],
      ...(autostart === undefined
        ? []
        : ([['Autostart', 'autostart', autostart, autostart ? 'enable' : 'disable']] as const)),
      ['Managed save', 'managedSave', managedSave ?? null, managedSave === undefined ? 'unknown' : textOf(managedSave)],
      ...(await securityOf(one)),
    ]);
  }),
  monitor(
    'domstate',
    'Show the state of a domain',
    { args: '<domain>', options: { '--reason': 'and why it is in it' } },
    async (call) => {
      const { state, reason } = await (await call.domain()).getState();
      const json = { state: stateName(state), reason: reasonName(state, reason) };
      return { json, text: () => `${call.has('reason') ? `${json.state} (${json.reason})` : json.state}\n` };
    },
  ),
  monitor('domcontrol', 'Show whether the hypervisor answers for a domain', { args: '<domain>' }, async (call) => {
    const { state, stateTime } = await (await call.domain()).getControlInfo();
    const name = constantName(DomainControlState, state).replace('job', 'occupied');
    const time = state === DomainControlState.OK ? '' : ` (${Number(stateTime) / 1000}s)`;
    return { json: { state: name, stateTime }, text: () => `${name}${time}\n` };
  }),
  monitor(
    'domblklist',
    'List the disks of a domain',
    { args: '<domain>', options: { '--inactive': 'those of its definition', '--details': 'with type and device' } },
    async (call) => {
      const xml = await (await call.domain()).getXMLDesc(call.has('inactive') ? DomainXMLFlags.INACTIVE : 0);
      return listed(disksOf(xml), [
        { title: 'Type', key: 'type', value: (disk) => disk.type, hidden: !call.has('details') },
        { title: 'Device', key: 'device', value: (disk) => disk.device, hidden: !call.has('details') },
        { title: 'Target', key: 'target', value: (disk) => disk.target },
        { title: 'Source', key: 'source', value: (disk) => disk.source ?? null },
      ]);
    },
  ),
  monitor(
    'domiflist',
    'List the network interfaces of a domain',
    { args: '<domain>', options: { '--inactive': 'those of its definition' } },
    async (call) => {
      const xml = await (await call.domain()).getXMLDesc(call.has('inactive') ? DomainXMLFlags.INACTIVE : 0);
      return listed(interfacesOf(xml), [
        { title: 'Interface', key: 'interface', value: (one) => one.target ?? null },
        { title: 'Type', key: 'type', value: (one) => one.type },
        { title: 'Source', key: 'source', value: (one) => one.source ?? null },
        { title: 'Model', key: 'model', value: (one) => one.model ?? null },
        { title: 'MAC', key: 'mac', value: (one) => one.mac ?? null },
      ]);
    },
  ),
  domain('domid', "Print a domain's id", { args: '<domain>' }, async (call) => {
    const { id } = await call.domain();
    return { json: { id: id < 0 ? null : id }, text: () => `${id < 0 ? '-' : id}\n` };
  }),
  domain('domuuid', "Print a domain's UUID", { args: '<domain>' }, async (call) => lines([(await call.domain()).uuid])),
  domain('domname', "Print a domain's name", { args: '<domain>' }, async (call) => lines([(await call.domain()).name])),
];
