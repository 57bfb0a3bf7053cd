import {
  type MdevctlCall,
  mdevctlCall,
  NEW_DEVICE,
  nodeDevice,
  type NodeDeviceDef,
  parseNodeDevice,
  validateDocument,
} from '@virtkit/core/conf';
import type { CommandResult, CommandRunner } from '@virtkit/core/driver';
import { NodeDeviceCreateXMLFlags, NodeDeviceDefineXMLFlags } from '@virtkit/core/util';
import type { Device, DeviceList } from './device-list.js';
import { mdevName } from './scan/scan-defined.js';
import { parentAddress } from './scan/mdev-parent.js';
import {
  internalError,
  invalid,
  noProgram,
  operationUnsupported,
  parseFailed,
  unsupported,
} from './node-device-errors.js';

/** Makes, defines and ends devices that are made: mediated ones, by mdevctl. */
export class DeviceMaker {
  constructor(
    private readonly list: DeviceList,
    private readonly commands: CommandRunner,
  ) {}

  /** nodeDeviceCreateXML; returns the new device's UUID. */
  async create(xml: string, flags: number): Promise<string> {
    const def = await this.#read(xml, (flags & NodeDeviceCreateXMLFlags.VALIDATE) !== 0);
    if (isMediated(def)) return this.#mdevctl('create', def, await this.#parentAddress(def));
    if (def.capability.some(({ type }) => type === 'scsi_host')) return this.#refuseVport(def);
    throw unsupported('Unsupported device type');
  }

  /** nodeDeviceDefineXML; returns the new device's name. */
  async define(xml: string, flags: number): Promise<string> {
    const def = await this.#read(xml, (flags & NodeDeviceDefineXMLFlags.VALIDATE) !== 0);
    if (!isMediated(def)) throw unsupported('Unsupported device type');
    const parent = await this.#parentAddress(def);
    return mdevName(await this.#mdevctl('define', def, parent), parent);
  }

  async #read(xml: string, validate: boolean): Promise<NodeDeviceDef> {
    if (validate) await validateDocument('nodedev', nodeDevice, xml);
    return parseNodeDevice(xml, { shows: 0, create: true });
  }

  async #mdevctl(command: 'create' | 'define', def: NodeDeviceDef, parent: string): Promise<string> {
    const { stdout } = await this.#run(command, mdevctlCall(command, def, parent));
    const given = def.capability.find(({ type }) => type === 'mdev') as { uuid?: string } | undefined;
    return given?.uuid ?? stdout.trim();
  }

  async #run(what: string, { args, input }: MdevctlCall): Promise<CommandResult> {
    const program = this.commands.find('mdevctl');
    if (program === undefined) throw noProgram('mdevctl');
    try {
      return await this.commands.run(program, args, input === undefined ? {} : { input });
    } catch (error) {
      throw internalError(`Unable to ${what} mediated device: ${(error as Error).message}`);
    } finally {
      this.list.forget();
    }
  }

  /** How the kernel calls the parent: by its place on the bus. */
  async #parentAddress(def: NodeDeviceDef): Promise<string> {
    const name = def.parent?.name;
    if (name === undefined) throw internalError('cannot create a mediated device without a parent');
    const parent = (await this.list.all()).get(name);
    if (parent === undefined) throw unsupported(`invalid parent device '${name}'`);
    const address = parentAddress(parent.def);
    if (address !== undefined) return address;
    throw parseFailed(`Unable to find address for parent device '${name}'`);
  }

  #refuseVport(def: NodeDeviceDef): never {
    const host = def.capability.find((one) => one.type === 'scsi_host');
    const fibre = host?.capability?.some(({ type }) => type === 'fc_host') === true;
    if (!fibre) throw internalError('Device is not a fibre channel HBA');
    throw internalError(`Could not find parent device for '${NEW_DEVICE}'`);
  }

  /** nodeDeviceCreate */
  async start({ def, active }: Device): Promise<void> {
    if (active) throw invalid('Device is already active');
    await this.#run('create', mdevctlCall('start', def));
  }

  /** nodeDeviceUndefine */
  async undefine({ def, persistent }: Device): Promise<void> {
    if (!isMediated(def)) throw unsupported('Unsupported device type');
    if (!persistent) throw invalid(`Node device '${def.name}' is not persistent`);
    await this.#run('undefine', mdevctlCall('undefine', def));
  }

  /** nodeDeviceSetAutostart */
  async setAutostart({ def, persistent }: Device, autostart: boolean): Promise<void> {
    if (!isMediated(def)) throw operationUnsupported('Unsupported device type');
    if (!persistent) throw invalid('cannot set autostart for transient device');
    const { args } = mdevctlCall('modify', def);
    await this.#run('set autostart of', { args: [...args, autostart ? '--auto' : '--manual'] });
  }

  /** nodeDeviceDestroy */
  async destroy({ def, active }: Device): Promise<void> {
    if (!active) throw invalid(`Device '${def.name}' is not active`);
    if (!isMediated(def)) throw unsupported('Unsupported device type');
    await this.#run('stop', mdevctlCall('stop', def));
  }
}

const isMediated = (def: NodeDeviceDef): boolean => def.capability.some(({ type }) => type === 'mdev');
