// JWS in compact form, in the one way this house signs (act.md, section 2).
import { sha256Hex, unb64u, utf8 } from './bytes.js';
import { encode, isObject, parseCanonical } from './canonical.js';
import { b64u } from './bytes.js';
import { hasMembers, isText, isThirtyTwoBytes, oneOf } from './forms.js';
import { demand, under } from './refusal.js';

export const ACT = 'onebill-act+jws';
export const RECEIPT = 'onebill-receipt+jws';
export const APPROVAL = 'onebill-approval+jws';
export const COUNTERSIGNATURE = 'onebill-countersignature+jws';
export const POSSESSION = 'onebill-possession+jws';
export const REGISTRATION = 'onebill-registration+jws';
export const ROTATION = 'onebill-rotation+jws';
export const RECOVERY = 'onebill-recovery+jws';
export const CANCELLATION = 'onebill-recovery-cancellation+jws';

const LONGEST = 32768;
const LONGEST_ACT = 262144;

/** A JWS that is of the form; whether its signature holds is another question. */
export class Jws {
  #hash = null;

  constructor(token, kid, payload, signingInput, signature) {
    this.token = token;
    this.kid = kid;
    this.payload = payload;
    this.signingInput = signingInput;
    this.signature = signature;
  }

  /** Hex of SHA-256 over the signing input: of an act, the act hash. */
  async hash() {
    this.#hash ??= sha256Hex(this.signingInput);
    return this.#hash;
  }

  /** Demand that the key named in the header is this one and signed: KEY_UNKNOWN, SIGNATURE_INVALID. */
  async verify(key) {
    demand(key.kid === this.kid, 'KEY_UNKNOWN');
    demand(await key.verifies(this.signature, this.signingInput), 'SIGNATURE_INVALID');
  }
}

/** Read a JWS of type `typ`; else JWS_MALFORMED. No signature is verified. */
export function parseJws(token, typ) {
  return under('JWS_MALFORMED', () => {
    demand(isText(token) && token.length <= (typ === ACT ? LONGEST_ACT : LONGEST), 'JWS_MALFORMED');
    const parts = token.split('.');
    demand(parts.length === 3, 'JWS_MALFORMED');
    const [headerBytes, payloadBytes, signature] = parts.map(unb64u);
    const header = parseCanonical(headerBytes);
    const form = { alg: oneOf('ES256'), kid: isThirtyTwoBytes, typ: oneOf(typ) };
    demand(hasMembers(header, form), 'JWS_MALFORMED');
    const payload = parseCanonical(payloadBytes);
    demand(isObject(payload), 'JWS_MALFORMED');
    demand(signature.length === 64, 'JWS_MALFORMED');
    const signingInput = utf8(`${parts[0]}.${parts[1]}`);
    return new Jws(token, header.kid, payload, signingInput, signature);
  });
}

/** Sign `payload`; `sign` gives 64 bytes r ‖ s, low s, over the bytes it is handed. */
export async function makeJws(typ, kid, payload, sign) {
  const header = b64u(encode({ alg: 'ES256', kid, typ }));
  const input = `${header}.${b64u(encode(payload))}`;
  return parseJws(`${input}.${b64u(await sign(utf8(input)))}`, typ);
}
