import type { CommandSpec } from '../command.js';
import { BLOCK } from './block.js';
import { CHECKPOINT } from './checkpoint.js';
import { completion } from './completion.js';
import { CONSOLE } from './console.js';
import { DEVICE } from './device.js';
import { DOCTOR } from './doctor.js';
import { DOMAIN_DISPLAY } from './domain-display.js';
import { DOMAIN_FIGURES } from './domain-figures.js';
import { DOMAIN_INFO } from './domain-info.js';
import { DOMAIN_LIFE } from './domain-life.js';
import { DOMAIN_LIST } from './domain-list.js';
import { DOMAIN_METADATA } from './domain-metadata.js';
import { DRIVERS } from './drivers.js';
import { EDIT } from './edit.js';
import { EVENT } from './event.js';
import { GUEST_AGENT } from './guest-agent.js';
import { GUEST_HYPERVISOR } from './guest-hypervisor.js';
import { GUEST_INPUT } from './guest-input.js';
import { GUEST_NETWORK } from './guest-network.js';
import { HOST } from './host.js';
import { HOST_CPU } from './host-cpu.js';
import { HOST_MEMORY } from './host-memory.js';
import { NODE } from './node.js';
import { INTERFACE } from './interface.js';
import { IOTHREAD } from './iothread.js';
import { JOB } from './job.js';
import { MEMORY } from './memory.js';
import { NETWORK } from './network.js';
import { NODE_DEVICE } from './node-device.js';
import { NWFILTER } from './nwfilter.js';
import { PARAMETERS } from './parameters.js';
import { PLAN } from './plan.js';
import { QUICKSTART } from './quickstart.js';
import { SECRET } from './secret.js';
import { SNAPSHOT } from './snapshot.js';
import { STORAGE_POOL } from './storage-pool.js';
import { STORAGE_VOL } from './storage-vol.js';
import { TUNING } from './tuning.js';
import { VCPU_INFO } from './vcpu-info.js';
import { VCPU } from './vcpu.js';

/** All commands, in the order in which help shows them. */
export const COMMANDS: readonly CommandSpec[] = [
  ...QUICKSTART,
  ...DRIVERS,
  ...DOCTOR,
  ...completion(() => COMMANDS),
  ...DOMAIN_LIST,
  ...DOMAIN_LIFE,
  ...PLAN,
  ...DOMAIN_INFO,
  ...VCPU_INFO,
  ...DOMAIN_FIGURES,
  ...DOMAIN_DISPLAY,
  ...DOMAIN_METADATA,
  ...CONSOLE,
  ...EVENT,
  ...EDIT,
  ...DEVICE,
  ...MEMORY,
  ...VCPU,
  ...IOTHREAD,
  ...PARAMETERS,
  ...TUNING,
  ...BLOCK,
  ...GUEST_NETWORK,
  ...GUEST_AGENT,
  ...GUEST_INPUT,
  ...JOB,
  ...GUEST_HYPERVISOR,
  ...SNAPSHOT,
  ...CHECKPOINT,
  ...HOST,
  ...NODE,
  ...HOST_MEMORY,
  ...HOST_CPU,
  ...NETWORK,
  ...STORAGE_POOL,
  ...STORAGE_VOL,
  ...SECRET,
  ...NODE_DEVICE,
  ...INTERFACE,
  ...NWFILTER,
];
