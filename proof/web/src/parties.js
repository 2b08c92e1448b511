// The parties whose keys signed: registered, re-keyed, suspended and recovered by endorsed
// transactions (bundle.md, sections 2.1 and 2.2). Answers whose key was live when.
import { sameBytes } from './bytes.js';
import { encode, isObject, parseCanonical } from './canonical.js';
import { isHash, isText, oneOf, timeOf } from './forms.js';
import { LAW } from './law-table.js';
import { demand, refuse, under, underLater } from './refusal.js';
import { parseRecovery, parseRegistration, parseRotation } from './statements.js';

const CLOCKS_APART = 2 * 60 * 1000;
const FOR_A_RECOVERY = 3;
const isStatus = oneOf('ACTIVE', 'SUSPENDED', 'REVOKED');

/** All parties of a bundle. */
export class Parties {
  #known = new Map();
  #used = new Set();

  constructor(channel, trust) {
    this.channel = channel;
    this.trust = trust;
  }

  /** One more transaction of a party, in the order of the bundle, and who endorsed it. */
  async add(party, transaction, endorsedBy) {
    const known = this.#known.get(party);
    const work = {
      RegisterParty: () => this.#register(party, known, transaction),
      RotateKey: () => this.#rotate(party, known, transaction),
      SetPartyStatus: () => this.#setStatus(party, known, transaction),
      RecoverKey: () => this.#beginRecovery(party, known, transaction, endorsedBy),
      CompleteRecovery: () => this.#completeRecovery(party, known, transaction, endorsedBy),
    };
    const { function: name } = transaction;
    demand(Object.hasOwn(work, name), 'REGISTRATION_MALFORMED', 'another function');
    // Its own completion follows a recovery directly, or it was none.
    const isRecovered = name === 'CompleteRecovery' || !known?.recovery;
    demand(isRecovered, 'RECOVERY_INVALID');
    await work[name]();
  }

  /** After the last transaction: no recovery is left half done. */
  demandWhole() {
    for (const { recovery } of this.#known.values()) demand(!recovery, 'RECOVERY_INVALID');
  }

  async #register(party, known, transaction) {
    demand(transaction.arguments.length === 1, 'REGISTRATION_MALFORMED');
    const signed = await parseRegistration(transaction.arguments[0]);
    const { channel, actionDateTime, publicKey, kid, keyCustody, ...registered } = signed.payload;
    demand(registered.party === party && known === undefined, 'REGISTRATION_MALFORMED');
    await underLater('REGISTRATION_INVALID', () => signed.verify(signed.newKey));
    const isTheirs =
      channel === this.channel && timeOf(actionDateTime) <= transaction.second + CLOCKS_APART;
    demand(isTheirs, 'REGISTRATION_INVALID');
    const { roles, vouchingOrganisation } = registered;
    const kind = this.trust.kinds.get(vouchingOrganisation);
    const mayVouch =
      transaction.creator.mspId === vouchingOrganisation &&
      roles.every((role) => LAW.vouching[role].includes(kind));
    demand(mayVouch, 'NOT_VOUCHING_ORGANISATION');
    const since = transaction.moment;
    const record = {
      ...registered,
      keys: [{ how: 'REGISTRATION', keyCustody, kid, since }],
      kid,
      publicKey: signed.newKey.jwk,
      registeredDateTime: since,
      status: 'ACTIVE',
    };
    this.#write(party, transaction, record, [signed.newKey]);
  }

  async #rotate(party, known, transaction) {
    demand(known !== undefined && transaction.arguments.length === 1, 'ROTATION_INVALID');
    const signed = await parseRotation(transaction.arguments[0]);
    const isNew = !known.keys.some(({ kid }) => kid === signed.newKey.kid);
    demand(this.#isFor(party, signed) && isNew, 'ROTATION_INVALID');
    await underLater('ROTATION_INVALID', () => signed.verify(known.keys.at(-1)));
    this.#takeKey(party, known, transaction, signed, 'ROTATION');
  }

  async #setStatus(party, known, transaction) {
    const [named, status, reasonHash, ...more] = transaction.arguments;
    const isOne = named === party && isStatus(status) && isHash(reasonHash) && more.length === 0;
    const before = known?.record.status;
    const isNext = known !== undefined && before !== 'REVOKED' && before !== status;
    const by = known?.record.vouchingOrganisation;
    demand(isOne && isNext && transaction.creator.mspId === by, 'STATUS_INVALID');
    const change = { reasonHash, since: transaction.moment, status };
    const statusChanges = [...(known.record.statusChanges ?? []), change];
    this.#write(party, transaction, { ...known.record, status, statusChanges }, known.keys);
  }

  async #beginRecovery(party, known, transaction, endorsedBy) {
    const isOne = known !== undefined && transaction.arguments.length === 1;
    demand(isOne && endorsedBy.length >= FOR_A_RECOVERY, 'RECOVERY_INVALID');
    const signed = await parseRecovery(transaction.arguments[0]);
    const { kid, keyCustody } = signed.payload;
    const isNew = !known.keys.some((key) => key.kid === kid);
    demand(this.#isFor(party, signed) && isNew, 'RECOVERY_INVALID');
    await underLater('RECOVERY_INVALID', () => signed.verify(signed.newKey));
    const written = transaction.written(`RECOVERY_${party}`);
    demand(written !== null, 'RECOVERY_INVALID');
    const told = under('RECOVERY_INVALID', () => parseCanonical(written));
    const isTold = isObject(told) && told.party === party && Array.isArray(told.recoveries);
    demand(isTold && told.recoveries.every(isObject), 'RECOVERY_INVALID');
    const these = told.recoveries.filter((one) => one.kid === kid);
    const isPending =
      these.length === 1 &&
      these[0].state === 'PENDING' &&
      these[0].keyCustody === keyCustody &&
      isSameJson(these[0].publicKey, signed.newKey.jwk) &&
      isAskedByEnough(these[0].askedBy);
    demand(isPending, 'RECOVERY_INVALID');
    known.recovery = { signed, second: transaction.second };
  }

  async #completeRecovery(party, known, transaction, endorsedBy) {
    const recovery = known?.recovery;
    demand(recovery && endorsedBy.length >= FOR_A_RECOVERY, 'RECOVERY_INVALID');
    const [named, kid, ...more] = transaction.arguments;
    const isThis = named === party && kid === recovery.signed.payload.kid && more.length === 0;
    demand(isThis, 'RECOVERY_INVALID');
    const hasWaited = transaction.second - recovery.second >= this.trust.recoveryDelay;
    demand(hasWaited, 'RECOVERY_TOO_SOON');
    this.#takeKey(party, known, transaction, recovery.signed, 'RECOVERY');
  }

  #isFor(party, { payload }) {
    return payload.channel === this.channel && payload.party === party;
  }

  #takeKey(party, known, transaction, { payload, newKey }, how) {
    const { keyCustody, kid } = payload;
    const key = { how, keyCustody, kid, since: transaction.moment };
    const keys = [...known.record.keys, key];
    const record = { ...known.record, keys, kid, publicKey: newKey.jwk };
    this.#write(party, transaction, record, [...known.keys, newKey]);
  }

  /** Demand that the transaction wrote this record, not before the one it follows. */
  #write(party, transaction, record, keys) {
    const written = transaction.written(`PARTY_${party}`);
    demand(written !== null && sameBytes(written, encode(record)), 'REGISTRATION_NOT_WRITTEN');
    const before = this.#known.get(party)?.second ?? -Infinity;
    demand(transaction.second >= before, 'PARTIES_NOT_SORTED');
    this.#known.set(party, { record, keys, second: transaction.second, recovery: null });
  }

  /**
   * The party's key of that kid, if it was live and the party active at that second; else
   * PARTY_UNKNOWN, KEY_UNKNOWN, PARTY_NOT_ACTIVE.
   */
  keyOf(party, kid, second) {
    const known = this.#known.get(party) ?? refuse('PARTY_UNKNOWN', party);
    const at = known.keys.findIndex((key) => key.kid === kid);
    const { keys, statusChanges = [] } = known.record;
    const isLive = at >= 0 && isWithin(keys[at].since, keys[at + 1]?.since, second, CLOCKS_APART);
    demand(isLive, 'KEY_UNKNOWN', party);
    const isActive = suspensions(statusChanges).every(
      ({ since, until }) => !isWithin(since, until, second, -CLOCKS_APART),
    );
    demand(isActive, 'PARTY_NOT_ACTIVE', party);
    this.#used.add(party);
    return known.keys[at];
  }

  /** Who kept the key: OWN or LEDGER_CUSTODY. */
  custodyOf(party, kid) {
    return this.#known.get(party).record.keys.find((key) => key.kid === kid).keyCustody;
  }

  /** The roles that the party is registered for. */
  rolesOf(party) {
    return this.#known.get(party)?.record.roles ?? [];
  }

  /** Refuse a party that signed nothing. */
  demandAllUsed() {
    demand([...this.#known.keys()].every((party) => this.#used.has(party)), 'PARTY_NOT_NEEDED');
  }

  /** The registered parties, for who shows them. */
  all() {
    return [...this.#known.values()].map(({ record }) => record);
  }
}

/** The times in which the party was not active: from the first change until it is again. */
function suspensions(statusChanges) {
  const times = [];
  for (const { status, since } of statusChanges) {
    const last = times.at(-1);
    const isOver = last === undefined || last.until !== undefined;
    if (status === 'ACTIVE') last.until = since;
    else if (isOver) times.push({ since });
  }
  return times;
}

/** Whether the moment lies between two spelled times, with so much leeway on either side. */
function isWithin(since, until, second, leeway) {
  const end = until === undefined ? Infinity : timeOf(until);
  return timeOf(since) - leeway <= second && second <= end + leeway;
}

function isAskedByEnough(askedBy) {
  const isNames = Array.isArray(askedBy) && askedBy.every(isText);
  return isNames && new Set(askedBy).size >= FOR_A_RECOVERY;
}

const isSameJson = (one, other) => isObject(one) && sameBytes(encode(one), encode(other));
