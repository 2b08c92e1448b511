// Signing in the browser: a key that cannot be taken out of it, and acts signed with it.
import { demandAct } from './act.js';
import { b64u } from './bytes.js';
import { canonicalText, saltedHash } from './canonical.js';
import { spelled } from './forms.js';
import { ACT, makeJws } from './jws.js';
import { keyOfJwk, lowS } from './keys.js';

const STORE = 'keys';
const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
const ES256 = { name: 'ECDSA', hash: 'SHA-256' };

/** The keys of this browser; a private key is a handle that signs and says nothing. */
export class KeyRing {
  #base = null;

  /** Make a key and keep it under a name: `name`, `kid`, `jwk`, `privateKey`. */
  async make(name) {
    const pair = await crypto.subtle.generateKey(P256, false, ['sign', 'verify']);
    const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const { kid, jwk } = await keyOfJwk({ crv: 'P-256', kty: 'EC', x, y });
    const key = { name, kid, jwk, privateKey: pair.privateKey };
    await this.#do('readwrite', (store) => store.add(key));
    return key;
  }

  /** All keys, by name. */
  async all() {
    const keys = await this.#do('readonly', (store) => store.getAll());
    return keys.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Forget a key for ever. */
  async remove(kid) {
    await this.#do('readwrite', (store) => store.delete(kid));
  }

  async #do(mode, work) {
    this.#base ??= await done(indexedDB.open('onebill', 1), (request) => {
      request.result.createObjectStore(STORE, { keyPath: 'kid' });
    });
    return done(work(this.#base.transaction(STORE, mode).objectStore(STORE)));
  }
}

function done(request, onFirst = null) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    if (onFirst !== null) request.onupgradeneeded = () => onFirst(request);
  });
}

/** An act ready to be signed: its details salted and hashed into it; else ACT_MALFORMED. */
export async function prepare(draft, details) {
  const salt = b64u(crypto.getRandomValues(new Uint8Array(32)));
  const act = { ...draft, detailsHash: await saltedHash(salt, details) };
  demandAct(act);
  return { act, details: { salt, details }, bytes: canonicalText(act) };
}

/** The signed act, of low S; the courier needs the details beside it. */
export async function sign(act, key) {
  return makeJws(ACT, key.kid, act, async (input) => {
    const signature = await crypto.subtle.sign(ES256, key.privateKey, input);
    return lowS(new Uint8Array(signature));
  });
}

/** A draft of the act after the last one of a proven bill. */
export function nextDraft(bill, now) {
  return {
    channel: bill.channel,
    transportDocumentReference: bill.reference,
    sequence: bill.sequence + 1,
    previousActHash: bill.head,
    actionCode: 'TRANSFER',
    actor: bill.possessor,
    recipient: '',
    actionDateTime: spelled(now),
    expiryDateTime: spelled(now + 24 * 3600 * 1000),
    terms: {},
  };
}
