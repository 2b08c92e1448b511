// What is signed beside acts: receipts, approvals, changes of key (act.md 5 and 6, bundle.md 2).
import {
  hasMembers, isBillReference, isChannel, isHash, isParty, isPositive, isThirtyTwoBytes, isTime,
  oneOf,
} from './forms.js';
import { isObject } from './canonical.js';
import { APPROVAL, RECEIPT, ROTATION, parseJws } from './jws.js';
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

const ROTATION_FORM = {
  channel: isChannel,
  party: isParty,
  kid: isThirtyTwoBytes,
  publicKey: isObject,
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

/** A change of key, with `newKey`; else ROTATION_INVALID. */
export async function parseRotation(token) {
  const jws = statement(token, ROTATION, ROTATION_FORM, 'ROTATION_INVALID');
  jws.newKey = await underLater('ROTATION_INVALID', () => keyOfJwk(jws.payload.publicKey));
  demand(jws.newKey.kid === jws.payload.kid, 'ROTATION_INVALID');
  return jws;
}

function statement(token, typ, form, reason, optional = {}) {
  const jws = under(reason, () => parseJws(token, typ));
  demand(hasMembers(jws.payload, form, optional), reason);
  return jws;
}
