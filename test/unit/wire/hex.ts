/** Bytes from hexadecimal text; white space and what follows `#` on a line are for the reader. */
export function hex(text: string): Buffer {
  const digits = text.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, '');
  const buffer = Buffer.from(digits, 'hex');
  if (buffer.length * 2 !== digits.length) throw new Error(`not hexadecimal: ${digits}`);
  return buffer;
}
