// What is signed beside acts: receipts and approvals (act.md 5 and 6), and what parties say of
// their keys (bundle.md 2.1 and 2.2).
import {
  arrayOf, hasMembers, isBillReference, isChannel, isHash, isMspId, isParty, isPositive, isText,
  isThirtyTwoBytes, isTime, objectOf, oneOf,
} from './forms.js';
import { isObject } from './canonical.js';
import {
  APPROVAL, CANCELLATION, RECEIPT, RECOVERY, REGISTRATION, ROTATION, parseJws,
} from './jws.js';
import { LAW } from './law-table.js';
import { keyOfJwk } from './keys.js';
import { demand, under, underLater } from './refusal.js';
import { demandPossession, readPossession } from './second-key.js';

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

const REGISTRATION_OPTIONAL = {
  approverKey: objectOf({ kid: isThirtyTwoBytes, publicKey: isObject }),
  possession: isText,
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

const NEW_KEY_OPTIONAL = { keyUse: oneOf('APPROVER') };
const ROTATION_FORM = { ...NEW_KEY_FORM, possession: isText };

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

/** A registration, with the `newKey` that signed it and its `approver`; else REGISTRATION_MALFORMED. */
export async function parseRegistration(token) {
  const reason = 'REGISTRATION_MALFORMED';
  const jws = await statementOfKey(
    token, REGISTRATION, REGISTRATION_FORM, reason, REGISTRATION_OPTIONAL,
  );
  demand(jws.kid === jws.newKey.kid, reason, 'signed under the name of another key');
  const { approverKey, possession } = jws.payload;
  const isWhole = (approverKey === undefined) === (possession === undefined);
  demand(isWhole, reason, 'an approver and its possession stand together');
  if (approverKey === undefined) return jws;
  jws.approver = await keyOf(approverKey, reason);
  const shown = await readPossession(jws.payload, reason);
  const isAnother = jws.approver.kid !== jws.kid && jws.approver.kid === shown.said.kid;
  demand(isAnother, reason, 'the approver is another, and signs');
  return showing(jws, shown, jws.approver, 'REGISTRATION_INVALID');
}

/** A change of key, with `newKey`; else ROTATION_INVALID. */
export async function parseRotation(token) {
  const reason = 'ROTATION_INVALID';
  const jws = await statementOfKey(token, ROTATION, ROTATION_FORM, reason, NEW_KEY_OPTIONAL);
  demandOwn(jws, reason);
  return showing(jws, await readPossession(jws.payload, reason), jws.newKey, reason);
}

/** A recovery, with the `newKey` that signed it; else RECOVERY_INVALID. */
export async function parseRecovery(token) {
  const reason = 'RECOVERY_INVALID';
  const jws = await statementOfKey(token, RECOVERY, NEW_KEY_FORM, reason, NEW_KEY_OPTIONAL);
  demandOwn(jws, reason);
  return jws;
}

/** The live key's word against a recovery; else RECOVERY_INVALID. No bundle has one. */
export function parseCancellation(token) {
  return statement(token, CANCELLATION, CANCELLATION_FORM, 'RECOVERY_INVALID');
}

async function statementOfKey(token, typ, form, reason, optional) {
  const jws = statement(token, typ, form, reason, optional);
  jws.newKey = await keyOf(jws.payload, reason);
  return jws;
}

async function keyOf({ kid, publicKey }, reason) {
  const key = await underLater(reason, () => keyOfJwk(publicKey));
  demand(key.kid === kid, reason);
  return key;
}

/** An approver keeps its key itself. */
function demandOwn({ payload: { keyUse, keyCustody } }, reason) {
  demand(keyUse === undefined || keyCustody === 'OWN', reason);
}

/** The statement, whose `verify` also asks the further key that it names. */
function showing(jws, shown, key, reason) {
  const verify = jws.verify.bind(jws);
  jws.verify = async (own) => {
    await verify(own);
    await demandPossession(shown, key, reason);
  };
  return jws;
}

function statement(token, typ, form, reason, optional = {}) {
  const jws = under(reason, () => parseJws(token, typ));
  demand(hasMembers(jws.payload, form, optional), reason);
  return jws;
}
