import type { Connect, Domain } from '@virtkit/core';
import { CONNECTION_CASES } from './cases/connection.js';
import { CONSOLE_CASES } from './cases/console.js';
import { DEFINITION_CASES } from './cases/definition.js';
import { EVENT_CASES } from './cases/events.js';
import { LIFE_CASES } from './cases/life.js';
import { RESTART_CASES } from './cases/restart.js';
import { SNAPSHOT_CASES } from './cases/snapshot.js';
import { TUNING_CASES } from './cases/tuning.js';
import { defineSuite, type Place, type SuiteOptions } from './suite.js';

export interface HypervisorSuiteOptions extends SuiteOptions {
  /** Shown as the suite's title. */
  readonly name: string;
  /**
   * A persistent domain that starts here: `name`, and `uuid` if given. `more` goes inside `<domain>` as it is, after
   * `<name>` and `<uuid>`. At least 8 MiB of memory and room for two virtual processors.
   */
  domainXml(name: string, uuid?: string, more?: string): string;
  /** What the guest of {@link domainXml} says on its first console, and what echoes; console tests are skipped without. */
  readonly console?: {
    readonly banner: RegExp;
    readonly type: string;
    readonly echo: RegExp;
    /** Line that makes the guest power itself off. */
    readonly powerOff?: string;
  };
}

/** What a case of the hypervisor suite works with. */
export interface HypervisorContext extends Place {
  readonly options: HypervisorSuiteOptions;
  xml(name: string, uuid?: string, more?: string): string;
  define(name: string, uuid?: string): Promise<Domain>;
  /** Defined and started. */
  start(name: string): Promise<Domain>;
}

/**
 * What every hypervisor driver promises. Skips follow from what the driver lacks (a test needs functions that it does not
 * have); gaps that are known are given with their reason and must go on failing.
 */
export function hypervisorSuite(options: HypervisorSuiteOptions): void {
  defineSuite<HypervisorContext>(
    options.name,
    options,
    {
      connection: CONNECTION_CASES,
      definitions: DEFINITION_CASES,
      'life cycle': LIFE_CASES,
      events: EVENT_CASES,
      tuning: TUNING_CASES,
      snapshots: SNAPSHOT_CASES,
      console: CONSOLE_CASES,
      'new host': RESTART_CASES,
    },
    (place) => contextOf(place, options),
  );
}

function contextOf(place: Place, options: HypervisorSuiteOptions): HypervisorContext {
  const define = (connect: Connect, name: string, uuid?: string): Promise<Domain> =>
    connect.domainDefineXML(options.domainXml(name, uuid));
  return {
    ...place,
    options,
    xml: (name, uuid, more) => options.domainXml(name, uuid, more),
    define: (name, uuid) => define(place.connect, name, uuid),
    async start(name) {
      const domain = await define(place.connect, name);
      await domain.create();
      return place.connect.domainLookupByName(name);
    },
  };
}
