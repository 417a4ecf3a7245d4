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
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Connections waiting to be accepted, in the kernel. */
  readonly backlog?: number;
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
  /** Queues the parts, in order, in one go. They must not change until written. False: over high water, wait for `onDrain`. */
  write(parts: readonly Uint8Array[]): boolean;
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
  onData(chunk: Buffer): void;
  /** Once, whatever the cause. After it, nothing. */
  onClose(cause: Error | undefined): void;
  onDrain?(): void;
}
