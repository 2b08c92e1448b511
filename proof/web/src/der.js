// DER, as much of it as certificates and signatures need, in its only spelling.
import { joined } from './bytes.js';
import { demand } from './refusal.js';

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OID = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;

/** One after another the elements inside `bytes`; what is not DER is refused with `reason`. */
export function elements(bytes, reason) {
  const all = [];
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at, reason);
    all.push(element);
    at += element.whole.length;
  }
  return all;
}

/** The one element that `bytes` are, of this tag. */
export function element(bytes, tag, reason) {
  const all = elements(bytes, reason);
  demand(all.length === 1 && all[0].tag === tag, reason);
  return all[0];
}

function elementAt(bytes, at, reason) {
  const tag = bytes[at];
  // Tags of more than one byte stand in no certificate.
  demand(bytes.length >= at + 2 && (tag & 31) !== 31, reason);
  let length = bytes[at + 1];
  let from = at + 2;
  if (length >= 128) {
    const digits = length & 127;
    demand(digits >= 1 && digits <= 4 && from + digits <= bytes.length, reason);
    length = bytes.subarray(from, from + digits).reduce((sum, byte) => sum * 256 + byte, 0);
    // The shortest length that says it.
    demand(length >= (digits === 1 ? 128 : 256 ** (digits - 1)), reason);
    from += digits;
  }
  demand(from + length <= bytes.length, reason);
  return {
    tag,
    body: bytes.subarray(from, from + length),
    whole: bytes.subarray(at, from + length),
  };
}

/** The bytes r ‖ s of size `size` each of an ECDSA signature, or null where it is not spelled so. */
export function signatureOf(der, size, reason) {
  const parts = elements(element(der, SEQUENCE, reason).body, reason);
  demand(parts.length === 2 && parts.every(({ tag }) => tag === INTEGER), reason);
  return joined(...parts.map(({ body }) => unsigned(body, size, reason)));
}

function unsigned(body, size, reason) {
  const isShortest = body.length > 0 && !(body[0] === 0 && body.length > 1 && body[1] < 128);
  demand(isShortest && body[0] < 128, reason);
  const digits = body[0] === 0 ? body.subarray(1) : body;
  demand(digits.length <= size, reason);
  return joined(new Uint8Array(size - digits.length), digits);
}

/** The dotted name of an object identifier's bytes. */
export function dotted(body) {
  const parts = [];
  let part = 0;
  for (const byte of body) {
    part = part * 128 + (byte & 127);
    if (byte < 128) {
      parts.push(part);
      part = 0;
    }
  }
  const first = Math.min(2, Math.floor(parts[0] / 40));
  return [first, parts[0] - 40 * first, ...parts.slice(1)].join('.');
}
