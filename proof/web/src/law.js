// The law of the bill, replayed (act.md section 7, law.md): what the contract checks, less what
// law.md leaves to the contract alone.
import { BLANK, Bill, titleOf } from './bill.js';
import { EFFECTS } from './effects.js';
import { timeOf } from './forms.js';
import { LAW } from './law-table.js';
import { demand } from './refusal.js';
import { demandCountersigned } from './second-key.js';
import { ACTORS, RECIPIENTS } from './who.js';

const CLOCKS_APART = 2 * 60 * 1000;

/** The conditions of `while` (law.md, section 7): when it holds, and the reason. */
const WHILE = {
  ORDERED: [(bill) => bill.orders.size > 0, 'ORDER_IN_FORCE'],
  PRESENTED: [(bill) => bill.presentation !== null, 'PRESENTATION_OPEN'],
  PLEDGED: [(bill) => bill.isPledged && bill.pledge.trustee === undefined, 'BILL_PLEDGED'],
  ON_TRUST: [(bill) => bill.isPledged && bill.pledge.trustee !== undefined, 'BILL_PLEDGED'],
};

/** The words of `possession` (law.md, section 5). */
const POSSESSION = {
  SAME: ({ bill }) => bill.possessor,
  RECIPIENT: ({ act }) => act.recipient,
  ISSUER: ({ bill }) => bill.issuer,
  ACTOR: ({ act }) => act.actor,
  PREVIOUS: ({ bill }) => (bill.presentation ?? bill.memory).possessor,
  PLEDGOR: ({ bill }) => {
    const isBack = bill.state === 'ISSUED' && bill.possessor === bill.pledge.pledgee;
    return isBack ? bill.pledge.pledgor : bill.possessor;
  },
  ORDERED: ({ bill, act }) => act.terms.to ?? bill.possessor,
};

/** The words of `title`; what goes back is the effect's, which knows what may go back. */
const TITLE = {
  SAME: ({ bill }) => bill.title,
  ISSUE_TERMS: ({ act: { terms } }) =>
    titleOf(terms.isToOrder ? (terms.endorsee ?? BLANK) : terms.consignee),
  RECIPIENT: ({ act }) => titleOf(act.recipient),
  ACTOR: ({ act }) => titleOf(act.actor),
  BLANK: () => titleOf(BLANK),
};

/**
 * The bill after one more act; the bill handed in is left as it was.
 *
 * @param {Bill|null} before null before ISSUE
 * @param {Jws} signed of `parseAct`
 * @param {{channel: string, at: number, keyOf: Function, approversOf: Function,
 *   rolesOf: Function, countersignature: string|undefined}} world `at` is the transaction's time in
 *   milliseconds; `keyOf(party, kid)` gives the key if it was live then; `approversOf(party)` the
 *   keys of its approver that were; `rolesOf(party)` the roles it is registered for.
 * @throws {NotProven} with the first reason in the order of law.md, section 2
 */
export async function apply(before, signed, world) {
  const act = signed.payload;
  demand(act.channel === world.channel, 'WRONG_CHANNEL');
  await signed.verify(world.keyOf(act.actor, signed.kid));
  await demandCountersigned(signed, world.countersignature, world.approversOf(act.actor));
  demand(timeOf(act.actionDateTime) <= world.at + CLOCKS_APART, 'ACT_FROM_THE_FUTURE');
  demand(timeOf(act.expiryDateTime) >= world.at, 'ACT_EXPIRED');
  demand(before === null || world.at >= before.time, 'TIME_BEFORE_PREVIOUS');
  const isIssue = act.actionCode === 'ISSUE';
  demand(!(isIssue && before !== null), 'BILL_EXISTS');
  demand(isIssue || before !== null, 'BILL_UNKNOWN');
  demand(act.sequence === (before?.sequence ?? 0) + 1, 'WRONG_SEQUENCE');
  demand((act.previousActHash ?? '') === (before?.head ?? ''), 'WRONG_PREVIOUS_HASH');

  const row = LAW.acts[act.actionCode];
  if (before !== null) demandPossibleNow(before, act, row);
  const bill = before ?? new Bill(act);
  const move = { bill, act, after: bill.copy(), ...world };
  ACTORS[row.actor](move);
  RECIPIENTS[row.recipient](move);
  await carryOut(row, move);
  move.after.sequence = act.sequence;
  move.after.head = await signed.hash();
  move.after.time = world.at;
  return move.after;
}

function demandPossibleNow(bill, act, row) {
  demand(!LAW.terminal.includes(bill.state), 'BILL_CLOSED');
  const from = bill.isSeaWaybill ? [...row.from, ...(row.fromSeaWaybill ?? [])] : row.from;
  demand(from.includes(bill.state), 'WRONG_STATE');
  for (const { condition, acts } of LAW.while) {
    const [holds, reason] = WHILE[condition];
    demand(!holds(bill) || acts.includes(act.actionCode), reason);
  }
}

async function carryOut(row, move) {
  const { bill, act, after } = move;
  // Whoever acts on what it received has accepted it.
  if (act.actor === bill.possessor) after.memory = null;
  if (row.title !== 'PREVIOUS_OR_ENDORSE_TO') after.title = TITLE[row.title](move);
  await EFFECTS[row.effect](move);
  after.possessor = POSSESSION[row.possession](move);
  if (row.to === 'SURRENDERED') after.state = bill.state.replace('PENDING_SURRENDER', 'SURRENDERED');
  else if (row.to !== 'SAME') after.state = row.to;
  const isReceived = after.possessor !== bill.possessor || row.effect === 'ENFORCE';
  if (isReceived) after.titleOnReceipt = after.title;
}
