/** A client's connection, as far as it has told who it is. */
export interface TestConnection {
  /** Its own address: `127.0.0.1:54321`. */
  readonly from: string;
  /** `client.id`; null before its first request, and of clients without one. */
  readonly clientId: string | null;
  /** What it says it is, name and version (KIP-511); null of clients that do not say. */
  readonly software: string | null;
}
