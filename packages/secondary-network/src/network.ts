import type { NetworkDef, NetworkPortDef } from '@virtkit/core/conf';
import type { NetworkRef } from '@virtkit/core/driver';
import { ErrorDomain, JobQueue } from '@virtkit/core/util';

/** virNetworkObj: one network. Definitions are replaced, never changed in place. */
export class Network {
  /** What it is now: live while it is active. */
  def: NetworkDef;
  /** What it will be when started next, while it is active and persistent. */
  newDef: NetworkDef | undefined;
  active = false;
  persistent = false;
  autostart = false;
  readonly ports = new Map<string, NetworkPortDef>();
  readonly jobs = new JobQueue(ErrorDomain.NETWORK);

  constructor(def: NetworkDef) {
    this.def = def;
  }

  get name(): string {
    return this.def.name;
  }

  get uuid(): string {
    return this.def.uuid;
  }

  get ref(): NetworkRef {
    return { name: this.def.name, uuid: this.def.uuid };
  }

  /** What is kept on disk for the next start. */
  get config(): NetworkDef {
    return this.newDef ?? this.def;
  }
}
