// The forms of single members (act.md, section 1): questions that answer yes or no.
import { canonicalText, isObject } from './canonical.js';
import { unb64u } from './bytes.js';
import { NotProven } from './refusal.js';

const matches = (pattern) => (value) => typeof value === 'string' && pattern.test(value);

export const isText = (value) => typeof value === 'string';
export const isBoolean = (value) => typeof value === 'boolean';
export const isParty = matches(/^P[A-Z2-7]{26}$/);
export const isBillReference = matches(/^OB[A-Z2-7]{16}$/);
export const isReference = matches(/^[A-Za-z0-9-]{1,35}$/);
export const isHash = matches(/^[0-9a-f]{64}$/);
export const isChannel = matches(/^[a-z0-9.-]{1,64}$/);
export const isNonce = matches(/^[A-Za-z0-9._~-]{1,64}$/);
export const isMspId = matches(/^[A-Za-z0-9.-]{1,64}$/);
export const isTime = (value) => timeOf(value) !== null;
export const isDate = (value) => isText(value) && timeOf(`${value}T00:00:00Z`) !== null;
export const isPositive = (value) => Number.isSafeInteger(value) && value >= 1;
export const isEmpty = (value) => hasMembers(value, {});

const TIME = /^2\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** Milliseconds since 1970 of a time in the one spelling there is, or null. */
export function timeOf(value) {
  if (!isText(value) || !TIME.test(value)) return null;
  const moment = Date.parse(value);
  // Date.parse takes 24:00 and some engines the 30th of February; their own spelling is another.
  if (Number.isNaN(moment) || spelled(moment) !== value) return null;
  return moment;
}

/** The one spelling of a moment, its fraction of a second cut off. */
export function spelled(moment) {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}

/** Thirty-two bytes in base64url: a salt, a kid, a coordinate. */
export function isThirtyTwoBytes(value) {
  if (!isText(value) || value.length !== 43) return false;
  try {
    return unb64u(value).length === 32;
  } catch (error) {
    if (error instanceof NotProven) return false;
    throw error;
  }
}

/** One of the words. */
export const oneOf = (...words) => (value) => words.includes(value);

/** An array of `least` to `most` elements, each of the form, no two of them equal. */
export const arrayOf = (form, least, most) => (value) =>
  Array.isArray(value) &&
  value.length >= least &&
  value.length <= most &&
  value.every(form) &&
  new Set(value.map(canonicalText)).size === value.length;

/** An object of exactly these members; what stands in `optional` may be missing. */
export function hasMembers(value, required, optional = {}) {
  if (!isObject(value)) return false;
  const forms = { ...required, ...optional };
  return (
    Object.keys(value).every((name) => Object.hasOwn(forms, name) && forms[name](value[name])) &&
    Object.keys(required).every((name) => Object.hasOwn(value, name))
  );
}

/** The form that `hasMembers` asks for. */
export const objectOf = (required, optional = {}) => (value) =>
  hasMembers(value, required, optional);

/** A text of at most so many characters, counted as Unicode does, and not empty. */
export const isTextUpTo = (most) => (value) =>
  isText(value) && value !== '' && (value.length <= most || [...value].length <= most);
