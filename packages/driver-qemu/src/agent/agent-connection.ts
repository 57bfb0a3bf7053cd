import { connect, type Socket } from 'node:net';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtkit/core/util';
import { stringify } from '../qmp/json.js';
import { LineSplitter } from '../qmp/line-splitter.js';
import { AgentCommandError, agentRefused, agentUnresponsive } from './errors.js';

/** A guest agent's answer, as it came. */
export interface AgentReply {
  readonly return?: unknown;
  readonly error?: { readonly class?: string; readonly desc?: string };
}

/** How long to wait. */
export interface AgentPatience {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds to wait for the agent to find its feet. */
  readonly sync: number;
  /** Milliseconds to wait for the answer; undefined waits as long as the guest is there. */
  readonly answer: number | undefined;
}

/** Sent before a request for synchronisation: what an agent had begun to read is given up at it, and it sends it back. */
const SENTINEL = Buffer.from([0xff]);

interface Waiting {
  readonly accept: (reply: AgentReply) => boolean;
  readonly resolve: (reply: AgentReply) => void;
  readonly reject: (error: LibvirtError) => void;
}

/**
 * qemuAgent: the conversation with the agent in a guest, over a serial line that remembers: answers to questions that nobody
 * waits for any more may still come. So each command is preceded by a synchronisation. One command at a time; the domain's
 * jobs see to that.
 */
export class AgentConnection {
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter();
  #waiting: Waiting | undefined;
  #closed: LibvirtError | undefined;
  #serial = Date.now();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#splitter.push(chunk, (line) => this.#receive(line)));
    socket.on('error', () => this.#close());
    socket.on('close', () => this.#close());
  }

  /** Connects to the host's end of the channel. Raises AGENT_UNRESPONSIVE. */
  static open(path: string): Promise<AgentConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('error', (error) =>
        reject(agentUnresponsive(`failed to connect to agent socket '${path}': ${error.message}`, error)),
      );
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        resolve(new AgentConnection(socket));
      });
    });
  }

  get open(): boolean {
    return this.#closed === undefined;
  }

  /**
   * Runs a command. Raises INTERNAL_ERROR with an AgentCommandError as cause when the agent refuses, AGENT_UNRESPONSIVE when it
   * does not answer.
   */
  async execute<Reply = unknown>(
    command: string,
    args: Readonly<Record<string, unknown>> | undefined,
    patience: AgentPatience,
  ): Promise<Reply> {
    await this.sync(patience);
    this.#socket.write(`${stringify({ execute: command, arguments: args })}\n`);
    const reply = await this.#answer(patience.answer, patience.signal, () => true, command);
    if (reply.error !== undefined)
      throw agentRefused(new AgentCommandError(command, reply.error.class ?? '', reply.error.desc ?? 'unknown error'));
    return reply.return as Reply;
  }

  /** Sends a command that a client gave as it is, and returns the answer likewise. */
  async pass(command: string, text: string, patience: AgentPatience): Promise<AgentReply> {
    await this.sync(patience);
    this.#socket.write(`${text.trim()}\n`);
    return this.#answer(patience.answer, patience.signal, () => true, command);
  }

  /** Finds the point from which on answers are to our questions. */
  async sync({ sync, signal }: AgentPatience): Promise<void> {
    const id = ++this.#serial;
    this.#socket.write(SENTINEL);
    this.#socket.write(`${JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })}\n`);
    // Whatever else comes was meant for somebody before us.
    await this.#answer(sync, signal, (reply) => reply.return === id, 'guest-sync-delimited');
  }

  close(): void {
    this.#close();
  }

  #answer(
    ms: number | undefined,
    signal: AbortSignal | undefined,
    accept: (reply: AgentReply) => boolean,
    command: string,
  ): Promise<AgentReply> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        if (this.#waiting === waiting) this.#waiting = undefined;
      };
      const timer =
        ms === undefined
          ? undefined
          : setTimeout(() => {
              settle();
              reject(
                agentUnresponsive(`Guest agent not available for now (no answer to '${command}' within ${ms} ms)`),
              );
            }, ms);
      const abort = () => {
        settle();
        reject(
          new LibvirtError(
            ErrorCode.OPERATION_ABORTED,
            ErrorDomain.QEMU,
            `the caller gave up waiting for the guest agent's answer to '${command}'`,
            { cause: signal?.reason },
          ),
        );
      };
      signal?.addEventListener('abort', abort, { once: true });
      const waiting: Waiting = {
        accept,
        resolve: (reply) => {
          settle();
          resolve(reply);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.#waiting = waiting;
      if (signal?.aborted) abort();
    });
  }

  #receive(line: string): void {
    // The sentinel comes before an answer, on its line; it is no valid UTF-8.
    const start = line.lastIndexOf('\ufffd');
    const text = (start < 0 ? line : line.slice(start + 1)).trim();
    if (text === '') return;
    let reply: AgentReply;
    try {
      reply = JSON.parse(text) as AgentReply;
    } catch {
      // The rest of what an agent was saying when the guest was reset.
      return;
    }
    const waiting = this.#waiting;
    if (waiting === undefined || typeof reply !== 'object' || reply === null) return;
    if (reply.return === undefined && reply.error === undefined) return;
    if (waiting.accept(reply)) waiting.resolve(reply);
  }

  #close(): void {
    if (this.#closed !== undefined) return;
    this.#closed = agentUnresponsive('QEMU guest agent is not connected: its channel was closed');
    this.#socket.destroy();
    this.#waiting?.reject(this.#closed);
  }
}
