import type { NodeDeviceDef } from '@virtkit/core/conf';
import type { CommandRunner, Log } from '@virtkit/core/driver';
import { parentAddress } from './mdev-parent.js';
import { deviceName, type Sysfs } from './sysfs.js';

/** Where mdevctl keeps what is defined: a folder for each parent, and one of scripts. */
const FOLDER = '/etc/mdevctl.d';
const SCRIPTS = 'scripts.d';

/** A mediated device that is defined, whether it is there or not. */
export interface DefinedMdev {
  readonly def: NodeDeviceDef;
  readonly autostart: boolean;
}

/** What `mdevctl list --dumpjson` prints: by parents, by UUIDs. */
type Listing = readonly Readonly<Record<string, readonly Readonly<Record<string, Listed>>[]>>[];

interface Listed {
  readonly mdev_type: string;
  readonly start: 'auto' | 'manual';
  readonly attrs?: readonly Readonly<Record<string, string>>[];
}

/** virMdevctlListDefined: the mediated devices that mdevctl knows; `devices` are those that their parents are among. */
export async function scanDefined(
  sysfs: Sysfs,
  commands: CommandRunner,
  log: Log,
  devices: Iterable<NodeDeviceDef>,
): Promise<DefinedMdev[]> {
  // Most hosts have none, and need not run a program to learn that.
  if (!(await sysfs.names(FOLDER)).some((name) => name !== SCRIPTS)) return [];
  const program = commands.find('mdevctl');
  if (program === undefined) return [];
  let listing: Listing;
  try {
    const { stdout } = await commands.run(program, ['list', '--defined', '--dumpjson']);
    listing = JSON.parse(stdout.trim() || '[]') as Listing;
  } catch (error) {
    log.warning(`mediated devices that are defined are not listed: ${(error as Error).message}`);
    return [];
  }
  const parents = new Map([...devices].map((device) => [parentAddress(device), device.name]));
  return listing.flatMap((entry) =>
    Object.entries(entry).flatMap(([address, members]) =>
      members.flatMap((member) =>
        Object.entries(member).map(([uuid, listed]) =>
          definedOf(uuid, address, listed, parents.get(address) ?? 'computer'),
        ),
      ),
    ),
  );
}

function definedOf(
  uuid: string,
  address: string,
  { mdev_type: id, start, attrs = [] }: Listed,
  parent: string,
): DefinedMdev {
  const attr = attrs.flatMap((one) => Object.entries(one).map(([name, value]) => ({ name, value })));
  return {
    autostart: start === 'auto',
    def: {
      name: mdevName(uuid, address),
      parent: { name: parent },
      capability: [
        {
          type: 'mdev',
          mdevType: { id },
          uuid,
          parent_addr: address,
          iommuGroup: { number: 0 },
          ...(attr.length > 0 && { attr }),
        },
      ],
    } as NodeDeviceDef,
  };
}

/** What a mediated device is called. */
export const mdevName = (uuid: string, parent: string): string => deviceName('mdev', uuid, parent);
