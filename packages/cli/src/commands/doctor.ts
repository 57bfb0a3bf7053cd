import { LibvirtError } from '@virtkit/core/util';
import type { Call } from '../call.js';
import { commands } from '../command.js';
import {
  cgroupFinding,
  emulationFinding,
  emulatorFinding,
  type Finding,
  kvmFinding,
  namespaceFinding,
  nodeFinding,
  programFinding,
} from '../doctor-checks.js';

const command = commands('This host');

const MARKS = { ok: '✓', limited: '!', missing: '✗' } as const;

export const DOCTOR = [
  command('doctor', 'Show what this machine can and cannot do, and what would help', {}, async (call) => {
    const findings = [
      nodeFinding(),
      await driversFinding(call),
      ...(await Promise.all([
        emulatorFinding(),
        programFinding('Disk images', 'qemu-img', 'qcow2 images', 'qemu-utils'),
      ])),
      await emulationFinding(),
      await kvmFinding(),
      ...(await Promise.all([
        namespaceFinding(),
        cgroupFinding(),
        programFinding('Networks', 'ip', 'bridges and taps', 'iproute2'),
        programFinding('Firewall', 'iptables', 'rules of networks: NAT, routed, isolated', 'iptables'),
        programFinding('Filters', 'ebtables', 'network filters', 'ebtables'),
        programFinding('DHCP', 'dnsmasq', 'addresses and names in networks', 'dnsmasq-base'),
        programFinding('TPM', 'swtpm', 'emulated TPMs', 'swtpm'),
      ])),
    ];
    return {
      json: findings,
      text() {
        const width = Math.max(...findings.map(({ subject }) => subject.length)) + 2;
        return `${findings
          .map(({ subject, status, detail, remedy }) => {
            const line = `${MARKS[status]} ${subject.padEnd(width)}${detail}`;
            return remedy === undefined ? line : `${line}\n  ${' '.repeat(width)}→ ${remedy}`;
          })
          .join('\n')}\n`;
      },
    };
  }),
];

async function driversFinding(call: Call): Promise<Finding> {
  const subject = 'Drivers';
  try {
    const host = await call.host();
    await host.load();
    const reports = host.drivers();
    const loaded = reports.filter(({ status }) => status === 'loaded').map(({ manifest }) => manifest?.name);
    const refused = reports.filter(({ status }) => status === 'refused').map(({ package: name }) => name);
    if (reports.length === 0)
      return {
        subject,
        status: 'missing',
        detail: `none are installed beside ${call.session.root.directory}`,
        remedy: 'npm install virtkit-driver-… there',
      };
    return {
      subject,
      status: refused.length === 0 ? 'ok' : 'limited',
      detail: `loaded: ${loaded.join(', ') || 'none'}${refused.length > 0 ? `; refused: ${refused.join(', ')}` : ''}`,
      ...(refused.length > 0 ? { remedy: "'virtkit drivers' says why" } : {}),
    };
  } catch (error) {
    return { subject, status: 'missing', detail: LibvirtError.from(error).message };
  }
}
