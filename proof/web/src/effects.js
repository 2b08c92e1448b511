// What an act demands beyond who and when, and what it leaves behind: the word `effect` of
// law.json (law.md, section 6). Each effect judges first and changes `after` last; `bill` is the
// state before, and of ISSUE the new bill, still empty.
import { parseApproval, parseReceipt } from './statements.js';
import { spelled, timeOf } from './forms.js';
import { titleOf } from './bill.js';
import { NotProven, demand } from './refusal.js';

/** Possessor and title before a handing over, as law.md wants them remembered. */
function remembered(bill, recipient) {
  const title = recipient === bill.title.holder ? bill.titleOnReceipt : bill.title;
  return { possessor: bill.possessor, title };
}

/** The title that goes back: the remembered one, or that of `endorseTo`. */
function titleGoingBack(bill, act, memory) {
  const to = act.terms.endorseTo;
  if (to === undefined) return memory.title;
  demand(bill.isToOrder, 'NOT_NEGOTIABLE');
  const isActors = bill.title.holder === act.actor && memory.title.holder === act.actor;
  demand(isActors, 'NOT_TITLE_HOLDER');
  demand(!memory.title.isByName, 'NOT_ENDORSABLE');
  demand(to !== act.actor, 'RECIPIENT_IS_ACTOR');
  return titleOf(to);
}

/** A receipt that names this channel and bill (or one it replaces), signed by a carrier's key. */
async function receiptOf(token, { bill, act, keyOf, rolesOf }) {
  const jws = parseReceipt(token);
  const receipt = jws.payload;
  const bills = [act.transportDocumentReference];
  for (const one of bill.terms.replaces ?? []) bills.push(one.transportDocumentReference);
  demand(receipt.channel === act.channel, 'RECEIPT_INVALID');
  demand(bills.includes(receipt.transportDocumentReference), 'RECEIPT_INVALID');
  const isInTime = timeOf(receipt.eventDateTime) <= timeOf(act.actionDateTime);
  demand(isInTime, 'RECEIPT_INVALID');
  await signedBy(receipt.carrier, jws, keyOf, 'RECEIPT_INVALID');
  demand(rolesOf(receipt.carrier).includes('CARRIER'), 'RECEIPT_INVALID');
  return receipt;
}

async function signedBy(party, jws, keyOf, reason) {
  try {
    await jws.verify(keyOf(party, jws.kid));
  } catch (error) {
    throw error instanceof NotProven ? new NotProven(reason, error.message) : error;
  }
}

async function issue(move) {
  const { act, after, keyOf } = move;
  const { terms } = act;
  const times = [];
  for (const container of terms.containers) {
    const receipt = await receiptOf(container.receipt, move);
    const isFor =
      receipt.receiptType === 'TAKEN_IN_CHARGE' &&
      receipt.carrier === terms.firstCarrier &&
      receipt.legSequence === 1 &&
      receipt.containerKey === container.containerKey;
    demand(isFor, 'RECEIPT_INVALID');
    times.push(timeOf(receipt.eventDateTime));
  }
  const latest = Math.max(...times);
  demand(spelled(latest).slice(0, 10) === terms.takingInChargeDate, 'WRONG_DATE');
  const jws = parseApproval(terms.approval);
  const approval = jws.payload;
  const isFor =
    approval.channel === act.channel &&
    approval.transportDocumentReference === act.transportDocumentReference &&
    approval.shipper === terms.shipper &&
    approval.issueTo === act.recipient &&
    approval.endorsee === terms.endorsee &&
    approval.consignee === terms.consignee &&
    approval.documentHash === terms.documentHash &&
    timeOf(approval.approvedDateTime) <= timeOf(act.actionDateTime);
  demand(isFor, 'APPROVAL_INVALID');
  await signedBy(terms.shipper, jws, keyOf, 'APPROVAL_INVALID');
  after.takenInCharge = latest;
}

async function noteOnBoard(move) {
  const { bill, act, after } = move;
  const { legSequence, receipts } = act.terms;
  demand(!bill.legsNoted.has(legSequence), 'ALREADY_NOTED');
  const carriers = new Set();
  const containers = new Set();
  for (const token of receipts) {
    const receipt = await receiptOf(token, move);
    const isFor =
      receipt.receiptType === 'LOADED_ON_BOARD' &&
      receipt.legSequence === legSequence &&
      bill.containerKeys.includes(receipt.containerKey) &&
      !containers.has(receipt.containerKey) &&
      timeOf(receipt.eventDateTime) >= bill.takenInCharge;
    demand(isFor, 'RECEIPT_INVALID');
    carriers.add(receipt.carrier);
    containers.add(receipt.containerKey);
    demand(carriers.size === 1, 'RECEIPT_INVALID');
  }
  demand(containers.size === bill.containerKeys.length, 'RECEIPT_MISSING');
  after.legsNoted.add(legSequence);
}

function surrender({ bill, act, after }) {
  const { terms } = act;
  const reference = terms.surrenderRequestReference;
  demand(!bill.surrendersUsed.has(reference), 'SURRENDER_REFERENCE_USED');
  if (bill.pledge?.trustee !== undefined) {
    demand(timeOf(act.actionDateTime) <= bill.pledge.until, 'TRUST_ENDED');
  }
  after.surrendersUsed.add(reference);
  if (act.actionCode === 'SURRENDER_FOR_AMENDMENT') after.amendment = terms;
  else after.surrender = terms;
}

function answerSurrender({ bill, act, after }) {
  const isAmendment = bill.state === 'PENDING_SURRENDER_FOR_AMENDMENT';
  const pending = isAmendment ? bill.amendment : bill.surrender;
  const isThis = pending?.surrenderRequestReference === act.terms.surrenderRequestReference;
  demand(isThis, 'SURRENDER_REFERENCE_WRONG');
  if (act.actionCode === 'ACCEPT_SURRENDER') return;
  after.surrender = null;
  after.amendment = null;
}

/** Without the bill, or the bill without the goods: neither twice, nor past a hold. */
function demandGoodsAreThere(bill) {
  demand(bill.holds.size === 0, 'HOLD_IN_FORCE');
  demand(!bill.isDeliveredAgainstIndemnity, 'DELIVERED_AGAINST_INDEMNITY');
}

const ends = (isReason) => ({ bill }) => {
  demand(isReason(bill.amendment?.reasonCode), 'AMENDMENT_WRONG');
  demandGoodsAreThere(bill);
};

function gateOne({ bill, act, after }) {
  const { passHash, containerKeys, validUntil } = act.terms;
  demand(!bill.passesUsed.has(passHash), 'PASS_USED');
  const isOfBill = containerKeys.every((key) => bill.containerKeys.includes(key));
  demand(isOfBill && timeOf(validUntil) > timeOf(act.actionDateTime), 'PASS_WRONG');
  demand(!bill.isDeliveredAgainstIndemnity, 'DELIVERED_AGAINST_INDEMNITY');
  after.passesUsed.add(passHash);
  after.release = { ...act.terms, haulier: act.recipient };
}

function gateTwo({ bill, act }) {
  demand(bill.release?.passHash === act.terms.passHash, 'PASS_WRONG');
  demand(!bill.isDeliveredAgainstIndemnity, 'DELIVERED_AGAINST_INDEMNITY');
}

function order({ bill, act, after }) {
  const { order: word, orderReference, to } = act.terms;
  if (word === 'HOLD_ALL') {
    demand(!bill.orders.has(orderReference), 'ORDER_EXISTS');
    after.orders.set(orderReference, act.actor);
  } else if (word === 'LIFT') {
    demand(bill.orders.has(orderReference), 'ORDER_UNKNOWN');
    demand(bill.orders.get(orderReference) === act.actor, 'NOT_AUTHORITY');
    after.orders.delete(orderReference);
  } else {
    demand(bill.state === 'ISSUED', 'WRONG_STATE');
    demand(to !== bill.possessor, 'RECIPIENT_WRONG');
    after.memory = null;
    after.presentation = null;
  }
}

function enforce({ bill, act, after }) {
  const moment = timeOf(act.terms.defaultDateTime);
  const isOfPledge = moment >= bill.pledge.since && moment <= timeOf(act.actionDateTime);
  demand(isOfPledge, 'DEFAULT_NOT_RECORDED');
  after.pledge = null;
}

const once = (set, fact) => ({ bill, act, after }) => {
  demand(!bill[set].has(fact(act)), 'ALREADY_CONFIRMED');
  after[set].add(fact(act));
};

/** By word. `title` of ENDORSE and of going back is set here, for the table cannot say it. */
export const EFFECTS = {
  ISSUE: issue,
  NOTE_ON_BOARD: noteOnBoard,
  OWN_ACT: () => {},
  REMEMBER_PREVIOUS({ bill, act, after }) {
    after.memory = remembered(bill, act.recipient);
  },
  FORGET_PREVIOUS({ bill, act, after }) {
    after.title = titleGoingBack(bill, act, bill.memory);
    after.memory = null;
  },
  LAST_ENDORSEMENT({ act, after }) {
    after.title = titleOf(act.recipient, true);
  },
  PRESENT({ bill, act, after }) {
    after.presentation = remembered(bill, act.recipient);
  },
  TAKE_UP({ after }) {
    after.presentation = null;
  },
  REFUSE_PRESENTATION({ bill, act, after }) {
    after.title = titleGoingBack(bill, act, bill.presentation);
    after.presentation = null;
  },
  PLEDGE({ act, after }) {
    const since = timeOf(act.actionDateTime);
    after.pledge = { pledgee: act.recipient, pledgor: act.actor, since };
  },
  RELEASE_PLEDGE({ after }) {
    after.pledge = null;
  },
  RELEASE_ON_TRUST({ bill, act, after }) {
    const until = timeOf(act.terms.until);
    demand(until > timeOf(act.actionDateTime), 'TRUST_ENDED');
    after.pledge = { ...bill.pledge, trustee: act.recipient, until };
  },
  ENFORCE: enforce,
  SURRENDER: surrender,
  ANSWER_SURRENDER: answerSurrender,
  VOID: ends((code) => code !== undefined && code !== 'SWTP'),
  SWITCH_TO_PAPER: ends((code) => code === 'SWTP'),
  CONFIRM_PAYMENT: once('payments', (act) => act.terms.of),
  RELEASE_CUSTOMS: once('customsReleased', (act) => act.actor),
  RELEASE_MASTER({ bill, after }) {
    demand(!bill.isMasterReleased, 'ALREADY_CONFIRMED');
    after.isMasterReleased = true;
  },
  HOLD({ bill, act, after }) {
    demand(!bill.holds.has(act.terms.holdReference), 'HOLD_EXISTS');
    after.holds.set(act.terms.holdReference, act.actor);
  },
  LIFT_HOLD({ act, after }) {
    after.holds.delete(act.terms.holdReference);
  },
  ORDER: order,
  GATE_ONE: gateOne,
  GATE_TWO: gateTwo,
  INDEMNITY({ bill, after }) {
    demandGoodsAreThere(bill);
    after.isDeliveredAgainstIndemnity = true;
  },
};
