// What is signed beside acts: receipts and approvals (act.md 5 and 6), and what parties say of
// their keys (bundle.md 2.1 and 2.2).
import {
  arrayOf, hasMembers, isBillReference, isChannel, isHash, isMspId, isParty, isPositive,
  isThirtyTwoBytes, isTime, oneOf,
} from './forms.js';
import { isObject } from './canonical.js';
import {
  APPROVAL, CANCELLATION, RECEIPT, RECOVERY, REGISTRATION, ROTATION, parseJws,
} from './jws.js';
import { LAW } from './law-table.js';
import { keyOfJwk } from './keys.js';
import { demand, under, underLater } from './refusal.js';

const RECEIPT_FORM = {
  channel: isChannel,
  transportDocumentReference: isBillReference,
  receiptType: oneOf('TAKEN_IN_CHARGE', 'LOADED_ON_BOARD'),
  carrier: isParty,
  legSequence: isPositive,
  containerKey: isHash,
  equipmentHash: isHash,
  sealHash: isHash,
  placeHash: isHash,
  eventDateTime: isTime,
};

const APPROVAL_FORM = {
  channel: isChannel,
  transportDocumentReference: isBillReference,
  shipper: isParty,
  issueTo: isParty,
  documentHash: isHash,
  approvedDateTime: isTime,
};
const APPROVAL_OPTIONAL = { endorsee: isParty, consignee: isParty };

const ROLES = Object.keys(LAW.vouching);

const isCustody = oneOf('OWN', 'LEDGER_CUSTODY');
const isSorted = (words) => words.every((word, at) => at === 0 || words[at - 1] < word);

const REGISTRATION_FORM = {
  channel: isChannel,
  party: isParty,
  kid: isThirtyTwoBytes,
  publicKey: isObject,
  keyCustody: isCustody,
  roles: (value) => arrayOf(oneOf(...ROLES), 1, ROLES.length)(value) && isSorted(value),
  vouchingOrganisation: isMspId,
  rulebookVersion: isPositive,
  rulebookHash: isHash,
  identityHash: isHash,
  screeningHash: isHash,
  actionDateTime: isTime,
};

// Of a rotation and of a recovery: the new key, and who keeps it.
const NEW_KEY_FORM = {
  channel: isChannel,
  party: isParty,
  kid: isThirtyTwoBytes,
  publicKey: isObject,
  keyCustody: isCustody,
  actionDateTime: isTime,
};

const CANCELLATION_FORM = {
  channel: isChannel,
  party: isParty,
  kid: isThirtyTwoBytes,
  actionDateTime: isTime,
};

/** A carrier's receipt; else RECEIPT_INVALID. */
export function parseReceipt(token) {
  return statement(token, RECEIPT, RECEIPT_FORM, 'RECEIPT_INVALID');
}

/** A shipper's approval; else APPROVAL_INVALID. */
export function parseApproval(token) {
  return statement(token, APPROVAL, APPROVAL_FORM, 'APPROVAL_INVALID', APPROVAL_OPTIONAL);
}

/** A registration, with the `newKey` that signed it; else REGISTRATION_MALFORMED. */
export async function parseRegistration(token) {
  const reason = 'REGISTRATION_MALFORMED';
  const jws = await statementOfKey(token, REGISTRATION, REGISTRATION_FORM, reason);
  demand(jws.kid === jws.newKey.kid, reason, 'signed under the name of another key');
  return jws;
}

/** A change of key, with `newKey`; else ROTATION_INVALID. */
export function parseRotation(token) {
  return statementOfKey(token, ROTATION, NEW_KEY_FORM, 'ROTATION_INVALID');
}

/** A recovery, with the `newKey` that signed it; else RECOVERY_INVALID. */
export function parseRecovery(token) {
  return statementOfKey(token, RECOVERY, NEW_KEY_FORM, 'RECOVERY_INVALID');
}

/** The live key's word against a recovery; else RECOVERY_INVALID. No bundle has one. */
export function parseCancellation(token) {
  return statement(token, CANCELLATION, CANCELLATION_FORM, 'RECOVERY_INVALID');
}

async function statementOfKey(token, typ, form, reason) {
  const jws = statement(token, typ, form, reason);
  jws.newKey = await underLater(reason, () => keyOfJwk(jws.payload.publicKey));
  demand(jws.newKey.kid === jws.payload.kid, reason);
  return jws;
}

function statement(token, typ, form, reason, optional = {}) {
  const jws = under(reason, () => parseJws(token, typ));
  demand(hasMembers(jws.payload, form, optional), reason);
  return jws;
}
