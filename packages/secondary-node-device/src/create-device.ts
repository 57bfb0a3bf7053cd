import {
  formatPci,
  mdevctlCall,
  NEW_DEVICE,
  nodeDevice,
  type NodeDeviceDef,
  parseNodeDevice,
  validateDocument,
} from '@virtkit/core/conf';
import type { CommandRunner } from '@virtkit/core/driver';
import { NodeDeviceCreateXMLFlags, NodeDeviceDefineXMLFlags } from '@virtkit/core/util';
import type { DeviceList } from './device-list.js';
import { internalError, noProgram, operationUnsupported, parseFailed, unsupported } from './node-device-errors.js';

/** Makes, defines and ends devices that are made: mediated ones, by mdevctl. */
export class DeviceMaker {
  constructor(
    private readonly list: DeviceList,
    private readonly commands: CommandRunner,
  ) {}

  /** nodeDeviceCreateXML; returns the new device's UUID. */
  async create(xml: string, flags: number): Promise<string> {
    const def = await this.#read(xml, (flags & NodeDeviceCreateXMLFlags.VALIDATE) !== 0);
    if (def.capability.some(({ type }) => type === 'mdev')) return this.#mdevctl('create', def);
    if (def.capability.some(({ type }) => type === 'scsi_host')) return this.#refuseVport(def);
    throw unsupported('Unsupported device type');
  }

  /** nodeDeviceDefineXML */
  async define(xml: string, flags: number): Promise<string> {
    const def = await this.#read(xml, (flags & NodeDeviceDefineXMLFlags.VALIDATE) !== 0);
    if (!def.capability.some(({ type }) => type === 'mdev')) throw unsupported('Unsupported device type');
    return this.#mdevctl('define', def);
  }

  async #read(xml: string, validate: boolean): Promise<NodeDeviceDef> {
    if (validate) await validateDocument('nodedev', nodeDevice, xml);
    return parseNodeDevice(xml, { shows: 0, create: true });
  }

  async #mdevctl(command: 'create' | 'define', def: NodeDeviceDef): Promise<string> {
    const { args, input } = mdevctlCall(command, def, await this.#parentAddress(def));
    const { stdout } = await this.commands.run(this.#program(), args, { ...(input !== undefined && { input }) });
    const given = def.capability.find(({ type }) => type === 'mdev') as { uuid?: string } | undefined;
    return given?.uuid ?? stdout.trim();
  }

  #program(): string {
    const program = this.commands.find('mdevctl');
    if (program === undefined) throw noProgram('mdevctl');
    return program;
  }

  /** How the kernel calls the parent: by its place on the bus. */
  async #parentAddress(def: NodeDeviceDef): Promise<string> {
    const name = def.parent?.name;
    if (name === undefined) throw internalError('cannot create a mediated device without a parent');
    const parent = (await this.list.all()).get(name);
    if (parent === undefined) throw unsupported(`invalid parent device '${name}'`);
    for (const capability of parent.capability) {
      if (capability.type === 'pci') return formatPci(capability);
      if (capability.type === 'css') {
        const { cssid, ssid, devno } = capability;
        return `${cssid.toString(16)}.${ssid.toString(16)}.${devno.toString(16).padStart(4, '0')}`;
      }
      if (capability.type === 'ap_matrix') return 'matrix';
    }
    throw parseFailed(`Unable to find address for parent device '${name}'`);
  }

  #refuseVport(def: NodeDeviceDef): never {
    const host = def.capability.find((one) => one.type === 'scsi_host');
    const fibre = host?.capability?.some(({ type }) => type === 'fc_host') === true;
    if (!fibre) throw internalError('Device is not a fibre channel HBA');
    throw internalError(`Could not find parent device for '${NEW_DEVICE}'`);
  }

  /** nodeDeviceUndefine */
  async undefine(def: NodeDeviceDef): Promise<void> {
    if (!isMediated(def)) throw unsupported('Unsupported device type');
    await this.commands.run(this.#program(), mdevctlCall('undefine', def).args);
  }

  /** nodeDeviceSetAutostart */
  async setAutostart(def: NodeDeviceDef, autostart: boolean): Promise<void> {
    if (!isMediated(def)) throw operationUnsupported('Unsupported device type');
    const { args } = mdevctlCall('modify', def);
    await this.commands.run(this.#program(), [...args, autostart ? '--auto' : '--manual']);
  }

  /** nodeDeviceDestroy */
  async destroy(def: NodeDeviceDef): Promise<void> {
    if (!isMediated(def)) throw unsupported('Unsupported device type');
    await this.commands.run(this.#program(), mdevctlCall('stop', def).args);
  }
}

const isMediated = (def: NodeDeviceDef): boolean => def.capability.some(({ type }) => type === 'mdev');
