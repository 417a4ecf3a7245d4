/** What a dump is made of. */

/** A thing in a file. `type` says which; docs/schemas/log-dump.json has them all. */
export type DumpItem = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Takes a thing; resolves when there is room for the next. 'stop': nobody reads any more. */
export type Emit = (item: DumpItem) => Promise<'go on' | 'stop'>;
