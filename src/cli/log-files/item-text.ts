/** A thing from a file as a line for people. What JSON has and a person rarely needs is left out. */
import type { DumpItem } from './dump-item.js';

/** Left out where they have this value: it says nothing. */
const UNREMARKABLE: Readonly<Record<string, unknown>> = {
  transactional: false,
  control: false,
  crcMatches: true,
  codec: 'none',
  timestampType: 'CreateTime',
  producerId: -1,
  producerEpoch: -1,
  baseSequence: -1,
  coordinatorEpoch: -1,
  currentTransactionFirstOffset: -1,
  expireTimestampMs: -1,
  topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
};

/** `batch offset=0-4 records=5 …`, indented below what it belongs to. */
export function itemText(item: DumpItem): string {
  const { type, ...fields } = item;
  if (type === 'file') return `${String(fields['path'])}  ${String(fields['bytes'])} bytes\n`;
  const shown = Object.entries(fields)
    .filter(([name, value]) => UNREMARKABLE[name] !== value && !isEmptyList(value))
    .map(([name, value]) => `${name}=${valueText(name, value)}`);
  const indent = type === 'log' ? '' : type.endsWith('record') && type !== 'journal-record' ? '    ' : '  ';
  return `${indent}${type} ${shown.join(' ')}\n`;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function valueText(name: string, value: unknown): string {
  if (value === null) return '-';
  if (typeof value === 'number' && /timestamp/i.test(name) && value >= 0) return timeText(value);
  if (typeof value === 'string' && /^[\x21-\x7e\u00a0-\uffff]+$/.test(value) && !value.includes('"'))
    return value;
  return JSON.stringify(value);
}

/** A number that is no date is shown as it is. */
function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
