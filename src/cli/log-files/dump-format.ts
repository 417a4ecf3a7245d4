/** How bytes of keys and values are shown. */
export const BYTES_FORMATS = ['text', 'hex', 'base64', 'none'] as const;
export type BytesFormat = (typeof BYTES_FORMATS)[number];

/** Null stays null; `none` shows how many there are. */
export function showBytes(bytes: Buffer | null, format: BytesFormat): string | null {
  if (bytes === null) return null;
  switch (format) {
    case 'text':
      return bytes.toString('utf8');
    case 'hex':
    case 'base64':
      return bytes.toString(format);
    case 'none':
      return `(${bytes.length} bytes)`;
  }
}
