const SECOND = 1000;

/** Tells when there was nothing to do for some time. Guests go on without a daemon, so they do not keep it. */
export class IdleWatch {
  #timer: NodeJS.Timeout | undefined;
  #idle = 0;

  constructor(
    private readonly isIdle: () => boolean,
    private readonly done: () => void,
  ) {}

  /** Seconds; 0 for never. Counting begins anew. */
  set(seconds: number): void {
    clearInterval(this.#timer);
    this.#idle = 0;
    if (seconds === 0) return;
    this.#timer = setInterval(() => {
      this.#idle = this.isIdle() ? this.#idle + 1 : 0;
      if (this.#idle < seconds) return;
      this.set(0);
      this.done();
    }, SECOND).unref();
  }
}
