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
    const {
      channel, actionDateTime, publicKey, kid, keyCustody, approverKey, possession, ...registered
    } = signed.payload;
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
    const approvers = signed.approver === undefined ? [] : [signed.approver];
    if (approverKey !== undefined) {
      const first = { how: 'REGISTRATION', keyCustody: 'OWN', kid: approverKey.kid, since };
      record.approverKey = { ...approverKey, keys: [first] };
    }
    this.#write(party, transaction, record, [signed.newKey], approvers);
  }

  async #rotate(party, known, transaction) {
    demand(known !== undefined && transaction.arguments.length === 1, 'ROTATION_INVALID');
    const signed = await parseRotation(transaction.arguments[0]);
    demand(this.#isFor(party, signed) && isNewTo(known, signed), 'ROTATION_INVALID');
    await underLater('ROTATION_INVALID', () => signed.verify(keysOfUse(known, signed).at(-1)));
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
    const record = { ...known.record, status, statusChanges };
    this.#write(party, transaction, record, known.keys, known.approvers);
  }

  async #beginRecovery(party, known, transaction, endorsedBy) {
    const isOne = known !== undefined && transaction.arguments.length === 1;
    demand(isOne && endorsedBy.length >= FOR_A_RECOVERY, 'RECOVERY_INVALID');
    const signed = await parseRecovery(transaction.arguments[0]);
    const { kid, keyCustody, keyUse } = signed.payload;
    demand(this.#isFor(party, signed) && isNewTo(known, signed), 'RECOVERY_INVALID');
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
      these[0].keyUse === keyUse &&
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
    const { keyCustody, kid, keyUse } = payload;
    const { record, keys, approvers } = known;
    const key = { how, keyCustody, kid, since: transaction.moment };
    const taken = (before) => ({ keys: [...before.keys, key], kid, publicKey: newKey.jwk });
    if (keyUse === undefined) {
      const next = { ...record, ...taken(record) };
      this.#write(party, transaction, next, [...keys, newKey], approvers);
    } else {
      const next = { ...record, approverKey: taken(record.approverKey) };
      this.#write(party, transaction, next, keys, [...approvers, newKey]);
    }
  }

  /** Demand that the transaction wrote this record, not before the one it follows. */
  #write(party, transaction, record, keys, approvers) {
    const written = transaction.written(`PARTY_${party}`);
    demand(written !== null && sameBytes(written, encode(record)), 'REGISTRATION_NOT_WRITTEN');
    const before = this.#known.get(party)?.second ?? -Infinity;
    demand(transaction.second >= before, 'PARTIES_NOT_SORTED');
    const { second } = transaction;
    this.#known.set(party, { record, keys, approvers, second, recovery: null });
  }

  /**
   * The party's key of that kid, if it was live and the party active at that second; else
   * PARTY_UNKNOWN, KEY_UNKNOWN, PARTY_NOT_ACTIVE.
   */
  keyOf(party, kid, second) {
    const known = this.#known.get(party) ?? refuse('PARTY_UNKNOWN', party);
    const { keys, statusChanges = [] } = known.record;
    const at = keys.findIndex((key) => key.kid === kid);
    demand(at >= 0 && isLiveAt(keys, at, second), 'KEY_UNKNOWN', party);
    const isActive = suspensions(statusChanges).every(
      ({ since, until }) => !isWithin(since, until, second, -CLOCKS_APART),
    );
    demand(isActive, 'PARTY_NOT_ACTIVE', party);
    this.#used.add(party);
    return known.keys[at];
  }

  /** The keys of the party's approver that were live at that second; none: it has none. */
  approversOf(party, second) {
    const { record, approvers } = this.#known.get(party);
    return approvers.filter((_, at) => isLiveAt(record.approverKey.keys, at, second));
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

/** The party's own keys, or its approver's, as the change of key says. */
const keysOfUse = ({ keys, approvers }, { payload: { keyUse } }) =>
  keyUse === undefined ? keys : approvers;

/** Whether there is a key to take the place of, and the new one never was the party's. */
function isNewTo(known, changed) {
  const { keys, approvers } = known;
  const isHad = [...keys, ...approvers].some(({ kid }) => kid === changed.newKey.kid);
  return keysOfUse(known, changed).length > 0 && !isHad;
}

const isLiveAt = (keys, at, second) =>
  isWithin(keys[at].since, keys[at + 1]?.since, second, CLOCKS_APART);

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
