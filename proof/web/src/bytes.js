// Bytes and their spellings (act.md, section 1). Every reader here accepts one spelling only.
import { refuse } from './refusal.js';

const UTF8 = new TextEncoder();
// A byte order mark is a character like others: nothing here may begin with one.
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const B64U = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The UTF-8 bytes of a text without lone surrogates. */
export function utf8(text) {
  return UTF8.encode(text);
}

/** The text of UTF-8 bytes, or null where they are no UTF-8. */
export function textOf(bytes) {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return null;
  }
}

/** Several byte strings one after another. */
export function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two byte strings are equal. */
export function sameBytes(left, right) {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[at]) return false;
  return true;
}

/** Lower-case hexadecimal. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** base64url without padding. */
export function b64u(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += B64U[word >> 18] + B64U[(word >> 12) & 63];
    if (left > 1) text += B64U[(word >> 6) & 63];
    if (left > 2) text += B64U[word & 63];
  }
  return text;
}

const SIX_BITS = new Int8Array(256).fill(-1);
for (let at = 0; at < 64; at += 1) SIX_BITS[B64U.charCodeAt(at)] = at;

/** The bytes of base64url without padding and with zero spare bits; else BASE64_MALFORMED. */
export function unb64u(text) {
  // Bytes are read many times faster than the characters of a text cut out of another.
  const letters = utf8(text);
  const { length } = letters;
  if (length % 4 === 1) refuse('BASE64_MALFORMED');
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let word = 0;
  let bits = 0;
  let to = 0;
  for (let at = 0; at < length; at += 1) {
    const six = SIX_BITS[letters[at]];
    if (six < 0) refuse('BASE64_MALFORMED');
    word = ((word << 6) | six) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[to] = (word >> bits) & 255;
      to += 1;
    }
  }
  if (bits > 0 && (word & ((1 << bits) - 1)) !== 0) refuse('BASE64_MALFORMED');
  return bytes;
}

/** SHA-256 of the parts one after another. */
export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)));
}

/** SHA-256 of the parts one after another, in hexadecimal. */
export async function sha256Hex(...parts) {
  return hex(await sha256(...parts));
}
