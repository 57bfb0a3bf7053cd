import { commands } from '../command.js';
import { listed } from '../output/output.js';

const command = commands('This host');

export const DRIVERS = [
  command(
    'drivers',
    'Show the drivers of this host: what was found, loaded, refused, and why',
    { options: { '--no-load': 'read manifests only, import nothing' } },
    async (call) => {
      const host = await call.host();
      if (!call.has('no-load')) await host.load();
      const reports = host.drivers();
      const rows = listed(reports, [
        { title: 'Package', key: 'package', value: (report) => report.package },
        { title: 'Version', key: 'version', value: (report) => report.manifest?.version ?? null },
        { title: 'Kind', key: 'kind', value: (report) => report.manifest?.kind ?? null },
        {
          title: 'URIs',
          key: 'uriSchemes',
          value: (report) => report.manifest?.uriSchemes ?? [],
          text: (report) =>
            (report.manifest?.uriSchemes ?? ['-'])
              .map((scheme) => (scheme === '*' ? 'any' : `${scheme}:///`))
              .join(' '),
        },
        { title: 'Provides', key: 'provides', value: (report) => report.manifest?.provides ?? [], hidden: true },
        { title: 'Status', key: 'status', value: (report) => report.status },
        { title: 'Problem', key: 'problem', value: (report) => report.problem?.message ?? null, hidden: true },
        { title: 'Warnings', key: 'warnings', value: (report) => report.warnings, hidden: true },
      ]);
      const { directory, reason } = call.session.root;
      return {
        json: { root: directory, drivers: rows.json },
        text() {
          const problems = reports.flatMap(({ package: name, problem, warnings }) => [
            ...(problem === undefined ? [] : [`refused: ${name}: ${problem.message}`]),
            ...warnings.map((warning) => `warning: ${warning}`),
          ]);
          const none =
            reports.length === 0
              ? `\nNo drivers are installed beside ${directory}: npm install virtkit-driver-… there\n`
              : '';
          return `Host folder: ${directory} (${reason})\n\n${rows.text()}${none}${problems.length > 0 ? `\n${problems.join('\n')}\n` : ''}`;
        },
      };
    },
  ),
];
