import type { Awaitable } from '@virtkit/core/driver';

/** What `next` makes of a value: at once where that is there already, as a turn of its own costs as much as a look at a file. */
export const after = <T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> =>
  value instanceof Promise ? value.then(next) : next(value);

/** What `work` makes, or `instead` where it raises. */
export function attempt<T, U>(work: () => Awaitable<T>, instead: (error: unknown) => U): Awaitable<T | U> {
  try {
    const value = work();
    return value instanceof Promise ? value.catch(instead) : value;
  } catch (error) {
    return instead(error);
  }
}
