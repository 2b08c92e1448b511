// X.509 certificates, as much of them as bundle.md, section 2.5 asks about.
import { hex, sameBytes, textOf } from './bytes.js';
import {
  BIT_STRING, BOOLEAN, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME,
  dotted, element, elements, signatureOf,
} from './der.js';
import { demand } from './refusal.js';

const EC_KEY = '1.2.840.10045.2.1';
const P256 = '1.2.840.10045.3.1.7';
const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const ORGANISATIONAL_UNIT = '2.5.4.11';
const BASIC_CONSTRAINTS = '2.5.29.19';
const UNDERSTOOD = [BASIC_CONSTRAINTS, '2.5.29.15', '2.5.29.37'];

const PEM = /^-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END CERTIFICATE-----\s*$/;

/** The DER bytes of the one certificate of a PEM text; else refused with `reason`. */
export function derOfPem(pem, reason) {
  const body = typeof pem === 'string' ? PEM.exec(pem.trim())?.[1] : undefined;
  demand(body !== undefined, reason);
  let text;
  try {
    text = atob(body.replace(/\s/g, ''));
  } catch {
    demand(false, reason);
  }
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What a certificate says; nothing of it is believed yet. What is none is refused. */
export function readCertificate(der, reason) {
  const read = (bytes) => elements(bytes, reason);
  const [body, algorithm, signature, ...more] = read(element(der, SEQUENCE, reason).body);
  demand(signature !== undefined && more.length === 0 && body.tag === SEQUENCE, reason);
  demand(algorithm.tag === SEQUENCE && signature.tag === BIT_STRING, reason);
  const parts = read(body.body);
  demand(parts[0]?.tag === 0xa0, reason, 'not version 3');
  const [, serial, inner, issuer, validity, subject, key, ...rest] = parts;
  demand(key !== undefined && serial.tag === INTEGER, reason);
  demand(sameBytes(inner.whole, algorithm.whole), reason);
  const times = read(validity.body).map((time) => momentOf(time, reason));
  demand(times.length === 2, reason);
  demand(signature.body[0] === 0, reason);
  const [name] = read(algorithm.body);
  demand(name?.tag === OID, reason);
  return {
    signed: body.whole,
    algorithm: dotted(name.body) === ECDSA_SHA256 ? 'ES256' : 'other',
    signature: signature.body.subarray(1),
    issuer: issuer.whole,
    subject: subject.whole,
    units: unitsOf(subject, reason),
    notBefore: times[0],
    notAfter: times[1],
    point: pointOf(key, reason),
    id: hex(serial.body),
    ...extensionsOf(rest, reason),
  };
}

/** The moment of UTCTime or GeneralizedTime, in milliseconds. */
function momentOf({ tag, body }, reason) {
  const text = textOf(body) ?? '';
  const pattern = { [UTC_TIME]: /^\d{12}Z$/, [GENERALIZED_TIME]: /^\d{14}Z$/ }[tag];
  demand(pattern?.test(text), reason, 'a time');
  // Two digits of a year mean 1950 to 2049.
  const digits = tag === UTC_TIME ? `${text < '50' ? '20' : '19'}${text}` : text;
  const spelled = digits.replace(/(....)(..)(..)(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
  const moment = Date.parse(spelled);
  demand(!Number.isNaN(moment), reason, 'a time');
  return moment;
}

function unitsOf(subject, reason) {
  const units = [];
  for (const set of elements(subject.body, reason)) {
    demand(set.tag === SET, reason);
    for (const attribute of elements(set.body, reason)) {
      const [type, value] = elements(attribute.body, reason);
      demand(type?.tag === OID && value !== undefined, reason);
      if (dotted(type.body) === ORGANISATIONAL_UNIT) units.push(textOf(value.body));
    }
  }
  return units;
}

/** The uncompressed point of a P-256 key, or null of any other key. */
function pointOf(key, reason) {
  const [algorithm, bits] = elements(key.body, reason);
  demand(algorithm?.tag === SEQUENCE && bits?.tag === BIT_STRING, reason);
  const [type, curve] = elements(algorithm.body, reason);
  demand(type?.tag === OID, reason);
  if (dotted(type.body) !== EC_KEY || curve?.tag !== OID || dotted(curve.body) !== P256) return null;
  return bits.body.subarray(1);
}

function extensionsOf(rest, reason) {
  const found = { isAuthority: false, isUnderstood: true };
  const wrapped = rest.find(({ tag }) => tag === 0xa3);
  if (wrapped === undefined) return found;
  for (const extension of elements(element(wrapped.body, SEQUENCE, reason).body, reason)) {
    const [name, ...values] = elements(extension.body, reason);
    const value = values.at(-1);
    demand(name?.tag === OID && value?.tag === OCTET_STRING, reason);
    const isCritical = values.length === 2 && values[0].tag === BOOLEAN && values[0].body[0] !== 0;
    if (isCritical && !UNDERSTOOD.includes(dotted(name.body))) found.isUnderstood = false;
    if (dotted(name.body) === BASIC_CONSTRAINTS) {
      const [flag] = elements(element(value.body, SEQUENCE, reason).body, reason);
      found.isAuthority = flag?.tag === BOOLEAN && flag.body[0] !== 0;
    }
  }
  return found;
}

/** Whether the certificate names this root as its issuer and is signed by the root's key. */
export async function isIssuedBy(certificate, root) {
  if (!sameBytes(certificate.issuer, root.subject) || certificate.algorithm !== 'ES256') return false;
  const reason = 'ENDORSER_UNKNOWN';
  return root.key.verifiesAnyS(signatureOf(certificate.signature, 32, reason), certificate.signed);
}
