// What a second key says: an approver of an act (act.md, section 8), a further key of the
// statement that names it (bundle.md, section 2.1).
import { sha256Hex } from './bytes.js';
import { encode } from './canonical.js';
import { hasMembers, isHash } from './forms.js';
import { COUNTERSIGNATURE, POSSESSION, parseJws } from './jws.js';
import { LAW } from './law-table.js';
import { demand, under, underLater } from './refusal.js';

const REQUIRED = 'COUNTERSIGNATURE_REQUIRED';
const INVALID = 'COUNTERSIGNATURE_INVALID';

/**
 * Demand the approver's word on an act where it is due, and none where it is not.
 *
 * @param {Jws} signed of `parseAct`
 * @param {string|undefined} token what stands beside the act
 * @param {PublicKey[]} approvers the approver's keys that were live then; empty: there is none
 */
export async function demandCountersigned(signed, token, approvers) {
  const isDue = approvers.length > 0 && LAW.countersigned.includes(signed.payload.actionCode);
  demand(token !== undefined || !isDue, REQUIRED);
  if (token === undefined) return;
  demand(isDue, INVALID, 'none is due');
  const said = hashOnly(token, COUNTERSIGNATURE, 'actHash', INVALID);
  demand(said.payload.actHash === (await signed.hash()), INVALID, 'of another act');
  const key = approvers.find(({ kid }) => kid === said.kid);
  demand(key !== undefined, INVALID, 'not by the approver');
  await underLater(INVALID, () => said.verify(key));
}

/** The possession that a statement shows, with the hash of what it should speak of. */
export async function readPossession({ possession, ...statement }, reason) {
  const said = hashOnly(possession, POSSESSION, 'statementHash', reason);
  return { said, wanted: await sha256Hex(encode(statement)) };
}

/** Demand that this key speaks of the very statement in which its word stands. */
export async function demandPossession({ said, wanted }, key, reason) {
  demand(said.payload.statementHash === wanted, reason, 'of another statement');
  await underLater(reason, () => said.verify(key));
}

function hashOnly(token, typ, member, reason) {
  const jws = under(reason, () => parseJws(token, typ));
  demand(hasMembers(jws.payload, { [member]: isHash }), reason);
  return jws;
}
