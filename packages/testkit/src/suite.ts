import type { Connect } from '@virtkit/core';
import type { FunctionName } from '@virtkit/core/driver';
import { afterEach, describe, expect, it } from 'vitest';

/** A fresh, empty place for one test: a connection, and ways to other connections to the same objects. */
export interface Place {
  readonly connect: Connect;
  /** Another connection to the same objects; tests that need one are skipped without. */
  open?(options?: { readonly readOnly?: boolean }): Promise<Connect>;
  /**
   * Ends the driver's process or host without warning its guests, and returns a connection through a new one. For drivers
   * whose objects survive them.
   */
  restart?(): Promise<Connect>;
  /** Whether the driver has a function, where {@link connect} does not know: it may lead to the driver over a wire. */
  supports?(name: FunctionName): Promise<boolean>;
  /** Takes away everything that the test made. */
  dispose(): Promise<void>;
}

export interface SuiteOptions {
  /** Called before each test. */
  setup(): Promise<Place>;
  /** Known gaps: the test's name, and why it fails. It must go on failing, so that a gap that closed is noticed. */
  readonly expectFail?: Readonly<Record<string, string>>;
  /** Milliseconds for one test; default 30,000. */
  readonly timeout?: number;
}

/** Puts something between a suite and its places, such as a wire. */
export type WrapSetup = (setup: SuiteOptions['setup']) => SuiteOptions['setup'];

/** One promise of the API that drivers are held to. */
export interface Case<Context> {
  readonly name: string;
  /** Functions without which the test says nothing: it is skipped where the driver lacks one. */
  readonly needs?: readonly FunctionName[];
  /** Parts of {@link Place} without which it is skipped. */
  readonly uses?: readonly ('open' | 'restart')[];
  /** Why the case says nothing here, where something else is missing. */
  skip?(context: Context): string | undefined;
  run(context: Context): Promise<void>;
}

/** Registers all cases with vitest. */
export function defineSuite<Context extends Place>(
  title: string,
  options: SuiteOptions,
  groups: Readonly<Record<string, readonly Case<Context>[]>>,
  contextOf: (place: Place) => Context,
): void {
  const { expectFail = {}, timeout = 30_000 } = options;
  let place: Place | undefined;
  describe(title, () => {
    afterEach(async () => {
      const last = place;
      place = undefined;
      await last?.dispose();
    });
    for (const [group, cases] of Object.entries(groups)) {
      describe(group, () => {
        for (const one of cases) {
          const gap = expectFail[one.name];
          it(gap === undefined ? one.name : `${one.name} (known gap: ${gap})`, { timeout }, async (test) => {
            place = await options.setup();
            for (const name of one.needs ?? [])
              if (!(await (place.supports?.(name) ?? place.connect.supports(name))))
                test.skip(`the driver does not have ${name}`);
            for (const part of one.uses ?? []) if (place[part] === undefined) test.skip(`setup() offers no ${part}()`);
            const context = contextOf(place);
            const reason = one.skip?.(context);
            if (reason !== undefined) test.skip(reason);
            const work = one.run(context);
            if (gap === undefined) return work;
            const failed = await work.then(
              () => false,
              () => true,
            );
            expect(failed, `this known gap has closed: remove it from expectFail (${gap})`).toBe(true);
          });
        }
      });
    }
    it('knows every known gap by name', () => {
      const names = new Set(Object.values(groups).flatMap((cases) => cases.map(({ name }) => name)));
      expect(Object.keys(expectFail).filter((name) => !names.has(name))).toEqual([]);
    });
  });
}
