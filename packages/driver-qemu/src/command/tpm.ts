import type { DomainDef, TpmDef } from '@virtkit/core/conf';
import { isArm } from '../machine.js';
import { type ArgList, escapeComma } from './arg-list.js';
import { addChardev, fileOf } from './chardevs.js';
import type { CommandContext } from './context.js';
import { addressProps } from './device-address.js';

export function addTpms(args: ArgList, def: DomainDef, context: CommandContext): void {
  for (const tpm of def.devices.tpm) {
    const alias = tpm.alias?.name ?? '';
    if (tpm.model === 'spapr-tpm-proxy') {
      const path = tpm.backend.type === 'passthrough' ? (tpm.backend.device?.path ?? '/dev/tpm0') : '';
      args.device({ driver: 'spapr-tpm-proxy', id: alias, 'host-path': path });
      continue;
    }
    addTpmBackend(args, context, tpm, alias);
    const model = tpm.model === 'tpm-tis' && isArm(def) ? 'tpm-tis-device' : (tpm.model ?? 'tpm-tis');
    args.device({ driver: model, tpmdev: `tpm-${alias}`, id: alias, ...addressProps(def, tpm) });
  }
}

function addTpmBackend(args: ArgList, context: CommandContext, { backend }: TpmDef, alias: string): void {
  switch (backend.type) {
    case 'passthrough': {
      const path = fileOf(args, context, `${alias}-tpm`, backend.device?.path ?? '/dev/tpm0');
      const cancel = fileOf(args, context, `${alias}-cancel`, `/sys/class/tpm/tpm0/device/cancel`);
      args.add('-tpmdev', `passthrough,id=tpm-${alias},path=${escapeComma(path)},cancel-path=${escapeComma(cancel)}`);
      return;
    }
    case 'emulator':
      args.add(
        '-chardev',
        context.tpmSocket === undefined ? 'null,id=chrtpm' : `socket,id=chrtpm,path=${escapeComma(context.tpmSocket)}`,
      );
      args.add('-tpmdev', `emulator,id=tpm-${alias},chardev=chrtpm`);
      return;
    case 'external':
      addChardev(
        args,
        context,
        { type: 'unix', source: { mode: 'connect', path: backend.source.path ?? '' } },
        'chrtpm',
      );
      args.add('-tpmdev', `emulator,id=tpm-${alias},chardev=chrtpm`);
  }
}
