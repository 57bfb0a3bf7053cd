import { ErrorCode, ErrorDomain, LibvirtError } from '../util/index.js';
import type { CallContext, DomainRef, EventCallback, HypervisorDriver, QemuMonitorEvent } from '../driver/index.js';

const NO_CALL: CallContext = { signal: undefined };

/** The raw monitor events that one connection listens to; all end with it. */
export class MonitorEvents {
  readonly #registered = new Set<number>();

  constructor(private readonly driver: () => HypervisorDriver | undefined) {}

  async register(
    dom: DomainRef | null,
    event: string | null,
    flags: number,
    callback: EventCallback<QemuMonitorEvent>,
  ): Promise<number> {
    const driver = this.driver();
    if (driver?.connectDomainQemuMonitorEventRegister === undefined)
      throw new LibvirtError(ErrorCode.NO_SUPPORT, ErrorDomain.DOM, 'virConnectDomainQemuMonitorEventRegister');
    const id = await driver.connectDomainQemuMonitorEventRegister(dom, event, flags, callback, NO_CALL);
    this.#registered.add(id);
    return id;
  }

  async deregister(id: number): Promise<void> {
    if (!this.#registered.delete(id))
      throw new LibvirtError(
        ErrorCode.INVALID_ARG,
        ErrorDomain.DOM,
        `could not find monitor event callback ${id} for deletion`,
      );
    await this.driver()?.connectDomainQemuMonitorEventDeregister?.(id, NO_CALL);
  }

  async close(): Promise<void> {
    for (const id of [...this.#registered]) await this.deregister(id).catch(() => undefined);
  }
}
