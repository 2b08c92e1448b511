// The parties whose keys signed: registered and re-keyed by endorsed transactions (bundle.md,
// section 2). Answers whose key was live when.
import { encode, isObject, parseCanonical } from './canonical.js';
import { sameBytes, utf8 } from './bytes.js';
import { arrayOf, hasMembers, isParty, isText, isThirtyTwoBytes, oneOf } from './forms.js';
import { keyOfJwk } from './keys.js';
import { LAW } from './law-table.js';
import { demand, refuse, under, underLater } from './refusal.js';
import { parseRotation } from './statements.js';

const CLOCKS_APART = 2 * 60 * 1000;
const ROLES = Object.keys(LAW.vouching);

const isSorted = (words) => words.every((word, at) => at === 0 || words[at - 1] < word);

const REGISTRATION = {
  party: isParty,
  kid: isThirtyTwoBytes,
  publicKey: isObject,
  roles: (value) => arrayOf(oneOf(...ROLES), 1, ROLES.length)(value) && isSorted(value),
  vouchingOrganisation: isText,
};

/** A registration as the argument of RegisterParty; else REGISTRATION_MALFORMED. */
async function parseRegistration(text) {
  const reason = 'REGISTRATION_MALFORMED';
  demand(isText(text), reason);
  const registration = under(reason, () => parseCanonical(utf8(text)));
  demand(hasMembers(registration, REGISTRATION), reason);
  const key = await underLater(reason, () => keyOfJwk(registration.publicKey));
  demand(key.kid === registration.kid, reason);
  return { registration, key };
}

/** All parties of a bundle. */
export class Parties {
  #records = new Map();
  #used = new Set();

  constructor(channel, trust) {
    this.channel = channel;
    this.trust = trust;
  }

  /** One more transaction of a party, in the order of the bundle. */
  async add(party, transaction) {
    const known = this.#records.get(party);
    if (transaction.function === 'RegisterParty') await this.#register(party, known, transaction);
    else if (transaction.function === 'RotateKey') await this.#rotate(party, known, transaction);
    else refuse('REGISTRATION_MALFORMED', 'another function');
  }

  async #register(party, known, transaction) {
    demand(transaction.arguments.length === 1, 'REGISTRATION_MALFORMED');
    const { registration, key } = await parseRegistration(transaction.arguments[0]);
    demand(registration.party === party && known === undefined, 'REGISTRATION_MALFORMED');
    const { roles, vouchingOrganisation } = registration;
    demand(transaction.creator.mspId === vouchingOrganisation, 'NOT_VOUCHING_ORGANISATION');
    const kind = this.trust.kinds.get(vouchingOrganisation);
    const mayVouch = roles.every((role) => LAW.vouching[role].includes(kind));
    demand(mayVouch, 'NOT_VOUCHING_ORGANISATION');
    const record = {
      ...registration, status: 'ACTIVE', registeredDateTime: transaction.moment,
    };
    demandWritten(transaction, record);
    const keys = [{ key, from: transaction.second, until: Infinity }];
    this.#records.set(party, { record, keys });
  }

  async #rotate(party, known, transaction) {
    demand(known !== undefined && transaction.arguments.length === 1, 'ROTATION_INVALID');
    const rotation = await parseRotation(transaction.arguments[0]);
    const { payload, newKey } = rotation;
    const { keys, record } = known;
    demand(payload.channel === this.channel && payload.party === party, 'ROTATION_INVALID');
    demand(keys.every(({ key }) => key.kid !== newKey.kid), 'ROTATION_INVALID');
    await underLater('ROTATION_INVALID', () => rotation.verify(keys.at(-1).key));
    demand(transaction.second >= keys.at(-1).from, 'PARTIES_NOT_SORTED');
    const next = {
      ...record,
      kid: newKey.kid,
      publicKey: newKey.jwk,
      previousKids: keys.map(({ key }) => key.kid),
    };
    demandWritten(transaction, next);
    keys.at(-1).until = transaction.second;
    keys.push({ key: newKey, from: transaction.second, until: Infinity });
    this.#records.set(party, { record: next, keys });
  }

  /** The party's key of that kid, if it was live at that second: PARTY_UNKNOWN, KEY_UNKNOWN. */
  keyOf(party, kid, second) {
    const known = this.#records.get(party);
    if (known === undefined) refuse('PARTY_UNKNOWN', party);
    const found = known.keys.find(({ key }) => key.kid === kid);
    const isLive =
      found !== undefined &&
      found.from - CLOCKS_APART <= second &&
      second <= found.until + CLOCKS_APART;
    if (!isLive) refuse('KEY_UNKNOWN', party);
    this.#used.add(party);
    return found.key;
  }

  /** The roles that the party is registered for. */
  rolesOf(party) {
    return this.#records.get(party)?.record.roles ?? [];
  }

  /** Refuse a party that signed nothing. */
  demandAllUsed() {
    demand([...this.#records.keys()].every((party) => this.#used.has(party)), 'PARTY_NOT_NEEDED');
  }

  /** The registered parties, for who shows them. */
  all() {
    return [...this.#records.values()].map(({ record }) => record);
  }
}

function demandWritten(transaction, record) {
  const written = transaction.written(`PARTY_${record.party}`);
  demand(written !== null && sameBytes(written, encode(record)), 'REGISTRATION_NOT_WRITTEN');
}
