/** One QMP reply as it came: a value, or QEMU's own error */
export type QmpReply = { return: unknown } | { error: { class: string; desc: string } };

/**
 * A monitor that can be asked. Refusals of QEMU come back as replies; a broken connection rejects. Several questions may be
 * in flight at once: the session keeps them in order.
 */
export interface ProbeSession {
  execute(command: string, args?: Record<string, unknown>): Promise<QmpReply>;
}

/** The value of a reply, undefined for QEMU's refusal */
export async function ask<T>(
  session: ProbeSession,
  command: string,
  args?: Record<string, unknown>,
): Promise<T | undefined> {
  const reply = await session.execute(command, args);
  return 'return' in reply ? (reply.return as T) : undefined;
}
