// P-256 keys and signatures in their one spelling each (act.md, sections 1 and 2).
import { b64u, hex, joined, sha256, unb64u } from './bytes.js';
import { encode } from './canonical.js';
import { hasMembers, isThirtyTwoBytes, oneOf } from './forms.js';
import { signatureOf } from './der.js';
import { NotProven, demand } from './refusal.js';

const PRIME = BigInt('0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff');
const CURVE_B = BigInt('0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b');
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const ZERO_HEX = '0'.repeat(64);
const ORDER_HEX = ORDER.toString(16);
const HALF_HEX = (ORDER / 2n).toString(16).padStart(64, '0');
const ES256 = { name: 'ECDSA', hash: 'SHA-256' };
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };

const JWK = {
  crv: oneOf('P-256'),
  kty: oneOf('EC'),
  x: isThirtyTwoBytes,
  y: isThirtyTwoBytes,
};

const number = (bytes) => BigInt(`0x${hex(bytes)}`);

/** Whether the two coordinates of 32 bytes are a point of the curve. */
function isOnCurve(x, y) {
  const [left, up] = [number(x), number(y)];
  if (left >= PRIME || up >= PRIME) return false;
  return (up * up - (left * left * left - 3n * left + CURVE_B)) % PRIME === 0n;
}

/** A public key: `jwk`, `kid`, and whether it verifies. Made by `keyOfJwk` or `keyOfPoint`. */
export class PublicKey {
  #imported = null;

  constructor(jwk, kid, point) {
    this.jwk = jwk;
    this.kid = kid;
    this.point = point;
  }

  /** Whether the 64 bytes r ‖ s, low s, are this key's signature over `data`. */
  async verifies(signature, data) {
    return isInRange(signature) && this.verifiesAnyS(signature, data);
  }

  /** Whether the signature in DER, spelled in the only way, is low S and this key's. */
  async verifiesDer(der, data) {
    try {
      return await this.verifies(signatureOf(der, 32, 'SIGNATURE_INVALID'), data);
    } catch (error) {
      if (error instanceof NotProven) return false;
      throw error;
    }
  }

  /** As `verifies`, of a certificate: authorities do not ask for a low s. */
  async verifiesAnyS(signature, data) {
    this.#imported ??= crypto.subtle.importKey('raw', this.point, P256, false, ['verify']);
    return crypto.subtle.verify(ES256, await this.#imported, signature, data);
  }
}

/** The key of a JWK of exactly four members, on the curve; else KEY_MALFORMED. */
export async function keyOfJwk(jwk) {
  demand(hasMembers(jwk, JWK), 'KEY_MALFORMED');
  const [x, y] = [unb64u(jwk.x), unb64u(jwk.y)];
  demand(isOnCurve(x, y), 'KEY_MALFORMED', 'not on the curve');
  const { crv, kty } = jwk;
  const whole = { crv, kty, x: jwk.x, y: jwk.y };
  return new PublicKey(whole, b64u(await sha256(encode(whole))), joined([4], x, y));
}

/** The key of an uncompressed point of 65 bytes; else KEY_MALFORMED. */
export async function keyOfPoint(point) {
  demand(point.length === 65 && point[0] === 4, 'KEY_MALFORMED');
  const [x, y] = [b64u(point.slice(1, 33)), b64u(point.slice(33))];
  return keyOfJwk({ crv: 'P-256', kty: 'EC', x, y });
}

/** Whether 1 ≤ r < n and 1 ≤ s ≤ n/2. Hexadecimal of one length compares as numbers do. */
function isInRange(signature) {
  if (signature.length !== 64) return false;
  const [r, s] = [hex(signature.slice(0, 32)), hex(signature.slice(32))];
  return r > ZERO_HEX && r < ORDER_HEX && s > ZERO_HEX && s <= HALF_HEX;
}

/** The low spelling of a signature r ‖ s: s, or n - s where s is high. */
export function lowS(signature) {
  const s = number(signature.slice(32));
  if (s <= ORDER / 2n) return signature;
  const low = (ORDER - s).toString(16).padStart(64, '0');
  const bytes = Uint8Array.from(low.match(/../g), (pair) => parseInt(pair, 16));
  return joined(signature.slice(0, 32), bytes);
}
