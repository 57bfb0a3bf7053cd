/** For which readers a part of a document is meant; see the format flags of virDomainDefFormat. */
export type Visibility = 'live' | 'inactive' | 'secure' | 'status' | 'unmigratable';

const BITS: Record<Visibility, number> = { live: 1, secure: 2, status: 4, unmigratable: 8, inactive: 16 };

/** What a decode or encode run is for. Subjects extend it with what their custom fields need. */
export interface ConfContext {
  /** Bit set of what is visible; made by {@link confContext}. */
  readonly shows: number;
  /** See {@link ConfContextOptions.verbatim}. */
  readonly verbatim?: boolean;
  /** Is told what a format run leaves out. */
  readonly withheld?: Withheld;
}

/** What was left out of a document. */
export interface Withheld {
  /** A password, and nothing but that those who read the document may not see it kept it out. */
  secrets: boolean;
}

export interface ConfContextOptions {
  /** A running object: what was found out at run time is read and written too. */
  readonly live?: boolean;
  /** With passwords. */
  readonly secure?: boolean;
  /** Status XML: with what only the driver itself may know. */
  readonly status?: boolean;
  /** For another host: without what older or other hosts would trip over. */
  readonly migratable?: boolean;
  /** Reads what the document says, also what otherwise only a driver knows, and makes nothing up that it does not say. */
  readonly verbatim?: boolean;
}

export function confContext(options: ConfContextOptions = {}): ConfContext {
  const { live = false, secure = false, status = false, migratable = false, verbatim = false } = options;
  return {
    shows:
      (live ? BITS.live : BITS.inactive) |
      (secure ? BITS.secure : 0) |
      (status ? BITS.status : 0) |
      (migratable ? 0 : BITS.unmigratable),
    ...(verbatim && { verbatim }),
  };
}

export const visibilityBits = (kinds: readonly Visibility[]): number =>
  kinds.reduce((bits, kind) => bits | BITS[kind], 0);

/** Whether the document is status XML. */
export const isStatus = (context: ConfContext): boolean => (context.shows & BITS.status) !== 0;

/** Whether run-time facts are shown. */
export const isLive = (context: ConfContext): boolean => (context.shows & BITS.live) !== 0;

/** Whether what older hosts would trip over is shown. */
export const isUnmigratable = (context: ConfContext): boolean => (context.shows & BITS.unmigratable) !== 0;

/** Whether every one of `needs` is shown. */
export function isShown(context: ConfContext, needs: number): boolean {
  const missing = needs & ~context.shows;
  if (missing === BITS.secure && context.withheld !== undefined) context.withheld.secrets = true;
  return missing === 0;
}

/** Passwords are read wherever they stand; they are only left out on writing. */
export const READ_ALWAYS = BITS.secure | BITS.unmigratable;

/** A stopped object, without passwords. */
export const PLAIN: ConfContext = confContext();
