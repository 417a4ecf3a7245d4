/** Stream sockets. The broker's listeners and every outgoing connection go through this. */
export interface Net {
  /**
   * Resolves once bound. Port 0: the system gives one.
   * @throws UserError PORT_IN_USE, ADDRESS_NOT_AVAILABLE, PORT_FORBIDDEN
   */
  listen(options: ListenOptions, accept: (connection: Connection) => void): Promise<Listener>;
  /** Resolves once connected; rejects with a system error (ECONNREFUSED, ETIMEDOUT …). */
  connect(options: {
    readonly host: string;
    readonly port: number;
    readonly timeoutMs: number;
  }): Promise<Connection>;
  /** Runs `step` once the connections that are ready have been looked at: what one of them asks for in bulk is cut so that the others come in between. */
  nextTurn(step: () => void): void;
  /** Connections that the system lets this process have at once, room for files set aside; Infinity when it does not say. */
  readonly connectionsMax: number;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Connections waiting to be accepted, in the kernel. */
  readonly backlog?: number;
  /** A connection that could not be accepted (out of descriptors, say); the listener goes on. Unless told otherwise, a process warning. */
  readonly onAcceptError?: (error: Error) => void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting; connections go on. */
  close(): Promise<void>;
}

export interface Connection {
  readonly id: number;
  readonly remote: Address;
  /** The address the peer connected to: what we advertise to it unless told otherwise. */
  readonly local: Address;
  /** Takes the events; called once, before the next turn of the event loop. */
  handle(events: ConnectionEvents): void;
  /**
   * Queues the parts, in order, in one go. False: over high water, wait for `onDrain`.
   * @param taken runs once, when nobody reads the parts any more: the system has them, or the connection is closed. Until then they
   *   must not change.
   */
  write(parts: readonly Uint8Array[], taken?: () => void): boolean;
  /** Bytes queued and not yet given to the kernel. */
  readonly queuedBytes: number;
  /** Stops reading from the socket, so that the peer's window fills. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes now; what is queued is lost. */
  destroy(): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionEvents {
  /** The chunk is lent, until this returns: connections share what they read into. */
  onData(chunk: Buffer): void;
  /** Once, whatever the cause. After it, nothing. */
  onClose(cause: Error | undefined): void;
  onDrain?(): void;
  /** The peer sends nothing more, while reading is paused: what it has sent comes when it goes on, and then `onClose`. */
  onEnd?(): void;
}
