// Protobuf in its canonical encoding only (bundle.md, section 2): known fields, in ascending
// order, the shortest varints, no value that is the default. So every byte of a message means
// something, and no two byte strings say the same.
import { textOf } from './bytes.js';
import { demand, refuse } from './refusal.js';

const VARINT = 0;
const LENGTH = 2;
const REASON = 'TRANSACTION_MALFORMED';

/** A field: its number, its name in what is read, and its reader below. */
export const field = (number, name, kind, { repeated = false } = {}) => ({
  number, name, kind, repeated,
});

const whole = (most) => ({
  wire: VARINT,
  none: 0,
  read(value) {
    // Numbers here are types, statuses, block and transaction numbers; a larger one is none.
    demand(value > 0n && value <= most, REASON);
    return Number(value);
  },
});

export const INT32 = whole(2n ** 31n - 1n);
export const UINT64 = whole(2n ** 53n - 1n);
export const BOOL = {
  wire: VARINT,
  none: false,
  read(value) {
    demand(value === 1n, REASON);
    return true;
  },
};
const NO_BYTES = new Uint8Array(0);
export const BYTES = {
  wire: LENGTH,
  none: NO_BYTES,
  read: (bytes, isElement) => filled(bytes, isElement),
};
export const STRING = {
  wire: LENGTH,
  none: '',
  read(bytes, isElement) {
    const text = textOf(filled(bytes, isElement));
    demand(text !== null, REASON);
    return text;
  },
};

function filled(bytes, isElement) {
  // An element of a list may be empty; a single field that is empty is not written.
  demand(isElement || bytes.length > 0, REASON);
  return bytes;
}

/** A message inside a message; null where it is absent. */
export const messageOf = (...fields) => ({
  wire: LENGTH,
  none: null,
  read: (bytes) => readMessage(bytes, fields),
});

/** The message of these fields; else TRANSACTION_MALFORMED. */
export function readMessage(bytes, fields) {
  const message = {};
  for (const { name, kind, repeated } of fields) message[name] = repeated ? [] : kind.none;
  const reader = { bytes, at: 0 };
  let last = 0;
  while (reader.at < bytes.length) {
    const tag = readVarint(reader);
    const known = fields.find(({ number }) => BigInt(number) === tag >> 3n);
    if (known === undefined) refuse(REASON, 'an unknown field');
    const { number, name, kind, repeated } = known;
    demand(BigInt(kind.wire) === (tag & 7n), REASON);
    demand(number > last || (repeated && number === last), REASON, 'fields out of order');
    last = number;
    const value = kind.read(kind.wire === VARINT ? readVarint(reader) : readBytes(reader), repeated);
    if (repeated) message[name].push(value);
    else message[name] = value;
  }
  return message;
}

function readVarint(reader) {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    demand(reader.at < reader.bytes.length, REASON, 'cut');
    const byte = reader.bytes[reader.at];
    reader.at += 1;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) {
      demand((byte !== 0 || shift === 0n) && value < 2n ** 64n, REASON, 'a long varint');
      return value;
    }
  }
  return refuse(REASON, 'a long varint');
}

function readBytes(reader) {
  const length = readVarint(reader);
  demand(length <= BigInt(reader.bytes.length - reader.at), REASON, 'cut');
  const from = reader.at;
  reader.at += Number(length);
  return reader.bytes.subarray(from, reader.at);
}
