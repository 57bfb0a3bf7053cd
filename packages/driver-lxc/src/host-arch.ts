import { machine } from 'node:os';
import { archFromUname } from '@virtkit/core/conf';

/** The architecture of this host, by libvirt's name. */
export const HOST_ARCH: string = archFromUname(machine());
