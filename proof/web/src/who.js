// Who may act, and to whom: the words `actor` and `recipient` of law.json (law.md, sections 3, 4).
import { BLANK } from './bill.js';
import { demand, refuse } from './refusal.js';

const isPossessor = ({ bill, act }) => demand(act.actor === bill.possessor, 'NOT_POSSESSOR');
const isIssuer = ({ bill, act }) => demand(act.actor === bill.issuer, 'NOT_ISSUER');
const isPledgee = ({ bill, act }) => demand(bill.pledge?.pledgee === act.actor, 'NOT_PLEDGEE');
const isIssuerOrDeliveryAgent = ({ bill, act }) =>
  demand([bill.issuer, bill.terms.deliveryAgent].includes(act.actor), 'NOT_DELIVERY_AGENT');

function isEntitled(move) {
  const { bill, act } = move;
  isPossessor(move);
  demand(!bill.isSeaWaybill, 'NOT_ENTITLED_TO_SURRENDER');
  const { holder } = bill.title;
  const may = bill.isToOrder
    ? bill.pledge?.trustee === act.actor || holder === BLANK || holder === act.actor
    : [bill.terms.shipper, bill.terms.consignee].includes(act.actor);
  demand(may, 'NOT_ENTITLED_TO_SURRENDER');
}

const hasRole = (reason, ...roles) => ({ act, rolesOf }) =>
  demand(rolesOf(act.actor).some((role) => roles.includes(role)), reason);

/** By word: refuse whoever may not. `move` has `bill` (before), `act`, `rolesOf`. */
export const ACTORS = {
  ROLE_OPERATOR: hasRole('ROLE_MISSING', 'OPERATOR'),
  ROLE_CUSTOMS_OR_PORT: hasRole('NOT_HOLD_AUTHORITY', 'CUSTOMS', 'PORT'),
  ROLE_AUTHORITY_OR_COURT: hasRole('NOT_AUTHORITY', 'AUTHORITY', 'COURT'),
  ISSUER: isIssuer,
  POSSESSOR: isPossessor,
  POSSESSOR_WHO_MAY_REJECT(move) {
    isPossessor(move);
    demand(move.bill.mayReject, 'NOTHING_TO_REJECT');
  },
  ENDORSER(move) {
    const { bill, act } = move;
    demand(bill.isToOrder, 'NOT_NEGOTIABLE');
    isPossessor(move);
    const { holder, isByName } = bill.title;
    demand(holder === BLANK || holder === act.actor, 'NOT_TITLE_HOLDER');
    demand(!isByName, 'NOT_ENDORSABLE');
  },
  ENTITLED_POSSESSOR: isEntitled,
  ENTITLED_TO_AMEND(move) {
    const { bill, act } = move;
    if (bill.isSeaWaybill && act.actor === bill.terms.shipper) isPossessor(move);
    else isEntitled(move);
  },
  ISSUER_OR_DELIVERY_AGENT: isIssuerOrDeliveryAgent,
  WHO_ANSWERS_SURRENDER(move) {
    if (move.bill.state === 'PENDING_SURRENDER_FOR_AMENDMENT') isIssuer(move);
    else isIssuerOrDeliveryAgent(move);
  },
  ISSUER_OR_TERMINAL(move) {
    const { bill, act } = move;
    if (act.terms.of === 'TERMINAL') demand(act.actor === bill.terms.terminal, 'NOT_TERMINAL');
    else isIssuer(move);
  },
  CARRIERS_AGENT: ({ bill, act }) =>
    demand(act.actor === bill.terms.carriersAgent, 'NOT_CARRIERS_AGENT'),
  CUSTOMS: ({ bill, act }) => demand(bill.terms.customs.includes(act.actor), 'NOT_CUSTOMS'),
  WHO_PLACED_THE_HOLD({ bill, act }) {
    const by = bill.holds.get(act.terms.holdReference);
    demand(by !== undefined, 'HOLD_UNKNOWN');
    demand(by === act.actor, 'NOT_HOLD_AUTHORITY');
  },
  DELIVERY_AGENT: ({ bill, act }) =>
    demand(act.actor === bill.terms.deliveryAgent, 'NOT_DELIVERY_AGENT'),
  PRESENTEE(move) {
    demand(move.bill.presentation !== null, 'NOTHING_PRESENTED');
    isPossessor(move);
  },
  PLEDGEE: isPledgee,
  PLEDGEE_IN_POSSESSION(move) {
    isPledgee(move);
    isPossessor(move);
  },
};

/** By word: refuse a recipient to whom the act cannot go. */
export const RECIPIENTS = {
  ABSENT: () => {},
  REQUIRED: () => {},
  REQUIRED_NOT_ACTOR: ({ act }) => demand(act.recipient !== act.actor, 'RECIPIENT_IS_ACTOR'),
  ISSUER: ({ bill, act }) => demand(act.recipient === bill.issuer, 'RECIPIENT_WRONG'),
  ISSUER_OR_DELIVERY_AGENT: ({ bill, act }) =>
    demand([bill.issuer, bill.terms.deliveryAgent].includes(act.recipient), 'RECIPIENT_WRONG'),
  DELIVER_TO({ bill, act }) {
    const to = bill.isSeaWaybill
      ? [bill.terms.consignee]
      : [bill.surrender?.deliverTo, bill.surrender?.pickUpParty];
    if (!to.includes(act.recipient)) refuse('RECIPIENT_WRONG');
  },
};
