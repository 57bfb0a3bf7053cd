import type { DomainDef } from '@virtkit/core/conf';
import type { QemuCaps } from '../capabilities/index.js';
import { buildCommandLine, type CommandContext } from '../command/index.js';
import { commandContext } from '../domain/command-context.js';
import type { LiveDomain } from '../domain/live-domain.js';
import { emulatorOf } from '../domain/model.js';
import { operationUnsupported } from '../errors.js';
import type { QemuHost } from '../host/qemu-host.js';

type Props = Record<string, unknown> & { readonly id?: string };

/** What a guest has that it would not have without a device, in the order in which it must be made. */
export interface DeviceArguments {
  readonly objects: readonly Props[];
  readonly chardevs: readonly string[];
  readonly netdevs: readonly Props[];
  readonly devices: readonly Props[];
  /** The definition as it is described to QEMU, with the paths that are ours to choose. */
  readonly def: DomainDef;
}

const NEWER = 'devices of a running guest can be changed with QEMU 6.2 and newer';

/** Pairs of option and value. */
function pairsOf(argv: readonly string[]): string[] {
  const pairs: string[] = [];
  for (let i = 0; i < argv.length; i++)
    if (argv[i]?.startsWith('-') === true && i + 1 < argv.length) pairs.push(`${argv[i] ?? ''} ${argv[i + 1] ?? ''}`);
  return pairs;
}

function jsonOf(text: string): Props {
  if (!text.startsWith('{')) throw operationUnsupported(NEWER);
  return JSON.parse(text) as Props;
}

/** What the command lines of two definitions have not in common: there is one place that knows how devices are described. */
export function argumentsBetween(
  without: DomainDef,
  withIt: DomainDef,
  caps: QemuCaps,
  context: CommandContext,
): DeviceArguments {
  const before = new Set(pairsOf(buildCommandLine(without, caps, context).argv));
  const { argv, def } = buildCommandLine(withIt, caps, context);
  const added = pairsOf(argv).filter((pair) => !before.has(pair));
  const values = (option: string) =>
    added.filter((pair) => pair.startsWith(`${option} `)).map((pair) => pair.slice(option.length + 1));
  return {
    objects: values('-object').map(jsonOf),
    chardevs: values('-chardev'),
    netdevs: values('-netdev').map(jsonOf),
    devices: values('-device').map(jsonOf),
    def,
  };
}

/** The host's part of a running guest's command line. */
export async function liveContext(
  host: QemuHost,
  live: LiveDomain,
  def: DomainDef,
): Promise<{ caps: QemuCaps; context: CommandContext }> {
  const caps = await host.capsOf(emulatorOf(def));
  const context = await commandContext(host, caps, def, { dir: live.dir, monitor: 'null', key: new Uint8Array(32) });
  return { caps, context };
}
