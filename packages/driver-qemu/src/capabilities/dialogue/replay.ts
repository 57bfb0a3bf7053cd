import type { ProbeSource } from './probe-capabilities.js';
import type { ProbeSession, QmpReply } from './session.js';

/**
 * A recorded probe: QMP requests and replies as JSON documents one after the other, a new process at each
 * `qmp_capabilities`. Questions are answered by what they ask, whatever their order; one that was not recorded is refused as
 * QEMU refuses an unknown type.
 */
export function replayDialogue(binary: string, recording: string): ProbeSource {
  const sessions: Map<string, QmpReply>[] = [];
  const documents = splitDocuments(recording);
  for (let index = 0; index + 1 < documents.length; index += 2) {
    const request = documents[index] as { execute: string; arguments?: Record<string, unknown> };
    if (request.execute === 'qmp_capabilities') sessions.push(new Map());
    sessions.at(-1)?.set(keyOf(request.execute, request.arguments), documents[index + 1] as QmpReply);
  }
  return {
    binary,
    primary: replaySession(sessions[0] ?? new Map<string, QmpReply>()),
    tcg: () => Promise.resolve(replaySession(sessions[1] ?? new Map<string, QmpReply>())),
  };
}

function replaySession(replies: ReadonlyMap<string, QmpReply>): ProbeSession {
  return {
    execute: (command, args) =>
      Promise.resolve(
        replies.get(keyOf(command, args)) ?? {
          error: { class: 'GenericError', desc: `no reply recorded for ${keyOf(command, args)}` },
        },
      ),
  };
}

function keyOf(command: string, args: Record<string, unknown> | undefined): string {
  return args === undefined || Object.keys(args).length === 0 ? command : `${command} ${JSON.stringify(args)}`;
}

/** Cuts a text of JSON objects into its documents, minding braces inside strings */
function splitDocuments(text: string): unknown[] {
  const documents: unknown[] = [];
  let depth = 0;
  let start = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === BACKSLASH) index++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN && depth++ === 0) start = index;
    else if (code === CLOSE && --depth === 0) documents.push(JSON.parse(text.slice(start, index + 1)));
  }
  return documents;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
