// The form of an act (act.md, sections 2 to 4). Whether it is lawful is law.js's.
import {
  arrayOf, hasMembers, isBillReference, isBoolean, isChannel, isDate, isEmpty, isHash, isParty,
  isPositive, isReference, isTextUpTo, isTime, objectOf, oneOf, timeOf,
} from './forms.js';
import { isObject } from './canonical.js';
import { ACT, parseJws } from './jws.js';
import { demand, under } from './refusal.js';
import { LAW } from './law-table.js';

const LONGEST_LIFE = 30 * 24 * 3600 * 1000;
const LONGEST_STATEMENT = 32768;

const isStatement = isTextUpTo(LONGEST_STATEMENT);
const isUnique = (items, name) => new Set(items.map((item) => item[name])).size === items.length;

const isContainers = (value) =>
  arrayOf(
    objectOf({ containerKey: isHash, receipt: isStatement }, { isPartContainer: isBoolean }),
    1,
    100,
  )(value) && isUnique(value, 'containerKey');

const isReplaces = (value) =>
  arrayOf(objectOf({ transportDocumentReference: isBillReference, voidActHash: isHash }), 1, 100)(
    value,
  ) && isUnique(value, 'transportDocumentReference');

const isConditions = objectOf({
  receiverCharges: isBoolean,
  masterDocuments: isBoolean,
  customs: isBoolean,
  terminalCharges: isBoolean,
  generalAverage: isBoolean,
  gateOne: oneOf('SURRENDER_ACCEPTED', 'AGENTS_CUSTODY'),
});

const ISSUE_REQUIRED = {
  transportDocumentTypeCode: oneOf('BOL', 'SWB'),
  isToOrder: isBoolean,
  shipper: isParty,
  deliveryAgent: isParty,
  carriersAgent: isParty,
  terminal: isParty,
  customs: arrayOf(isParty, 1, 4),
  firstCarrier: isParty,
  documentHash: isHash,
  certificateHash: isHash,
  takingInChargeDate: isDate,
  isClean: isBoolean,
  containers: isContainers,
  approval: isStatement,
  conditions: isConditions,
};
const ISSUE_OPTIONAL = { consignee: isParty, endorsee: isParty, replaces: isReplaces };

const isIssueTerms = (terms) =>
  hasMembers(terms, ISSUE_REQUIRED, ISSUE_OPTIONAL) &&
  'consignee' in terms === !terms.isToOrder &&
  !('endorsee' in terms && !terms.isToOrder) &&
  !(terms.transportDocumentTypeCode === 'SWB' && terms.isToOrder);

const isOrderTerms = (terms) =>
  hasMembers(
    terms,
    {
      orderReference: isReference,
      order: oneOf('HOLD_ALL', 'TRANSFER_POSSESSION', 'LIFT'),
      orderHash: isHash,
    },
    { to: isParty },
  ) && 'to' in terms === (terms.order === 'TRANSFER_POSSESSION');

const answersSurrender = objectOf({ surrenderRequestReference: isReference });
const mayEndorse = objectOf({}, { endorseTo: isParty });
const isHold = objectOf({ holdReference: isReference });

/** The form of `terms` by action code (act.md, section 4). */
const TERMS = {
  ISSUE: isIssueTerms,
  NOTE_ON_BOARD: objectOf({ legSequence: isPositive, receipts: arrayOf(isStatement, 1, 100) }),
  TRANSFER: isEmpty,
  REJECT_TRANSFER: mayEndorse,
  ENDORSE: isEmpty,
  ENDORSE_TO_ORDER: isEmpty,
  BLANK_ENDORSE: isEmpty,
  SIGN: isEmpty,
  PRESENT: objectOf({ creditReferenceHash: isHash, documentHashes: arrayOf(isHash, 1, 100) }),
  TAKE_UP: isEmpty,
  REFUSE_PRESENTATION: mayEndorse,
  PLEDGE: isEmpty,
  RELEASE_PLEDGE: isEmpty,
  RELEASE_ON_TRUST: objectOf({ until: isTime }),
  ENFORCE: objectOf({ defaultRecordHash: isHash, defaultDateTime: isTime }),
  SURRENDER_FOR_AMENDMENT: objectOf({
    surrenderRequestReference: isReference,
    reasonCode: oneOf('SWTP', 'COD', 'SWI', 'OTHER'),
  }),
  WITHDRAW_SURRENDER: answersSurrender,
  SURRENDER_FOR_DELIVERY: objectOf(
    { surrenderRequestReference: isReference, deliverTo: isParty },
    { pickUpParty: isParty },
  ),
  ACCEPT_SURRENDER: answersSurrender,
  REJECT_SURRENDER: answersSurrender,
  VOID: isEmpty,
  SWITCH_TO_PAPER: objectOf({ printCertificateHash: isHash }),
  CONFIRM_PAYMENT: objectOf({ of: oneOf('RECEIVER_CHARGES', 'GENERAL_AVERAGE', 'TERMINAL') }),
  RELEASE_MASTER: isEmpty,
  RELEASE_CUSTOMS: isEmpty,
  HOLD: isHold,
  LIFT_HOLD: isHold,
  ORDER: isOrderTerms,
  RELEASE_TERMINAL: objectOf({
    passHash: isHash,
    containerKeys: arrayOf(isHash, 1, 100),
    validUntil: isTime,
  }),
  DELIVER_AGAINST_INDEMNITY: objectOf({ indemnityHash: isHash }),
  ACCOMPLISH: objectOf({ proofOfDeliveryHash: isHash, passHash: isHash }),
};

const REQUIRED = {
  channel: isChannel,
  transportDocumentReference: isBillReference,
  sequence: isPositive,
  actionCode: (value) => typeof value === 'string' && Object.hasOwn(TERMS, value),
  actor: isParty,
  actionDateTime: isTime,
  expiryDateTime: isTime,
  detailsHash: isHash,
  terms: isObject,
};
const OPTIONAL = { previousActHash: isHash, recipient: isParty };

/** A signed act of the form: its JWS, `payload` being the act; else ACT_MALFORMED. */
export function parseAct(token) {
  const jws = under('ACT_MALFORMED', () => parseJws(token, ACT));
  demandAct(jws.payload);
  return jws;
}

/** Demand the form of an act that is signed or to be signed; else ACT_MALFORMED. */
export function demandAct(act) {
  for (const name of Object.keys(act)) {
    demand(Object.hasOwn(REQUIRED, name) || Object.hasOwn(OPTIONAL, name), 'ACT_MALFORMED', name);
  }
  for (const [name, isOfForm] of Object.entries(REQUIRED)) {
    demand(Object.hasOwn(act, name) && isOfForm(act[name]), 'ACT_MALFORMED', name);
  }
  for (const [name, isOfForm] of Object.entries(OPTIONAL)) {
    demand(!Object.hasOwn(act, name) || isOfForm(act[name]), 'ACT_MALFORMED', name);
  }
  const { actionCode, sequence } = act;
  demand((actionCode === 'ISSUE') === (sequence === 1), 'ACT_MALFORMED', 'ISSUE is sequence 1');
  demand('previousActHash' in act === sequence > 1, 'ACT_MALFORMED', 'previousActHash');
  const isAlone = LAW.acts[actionCode].recipient === 'ABSENT';
  demand('recipient' in act === !isAlone, 'ACT_MALFORMED', 'recipient');
  demand(TERMS[actionCode](act.terms), 'ACT_MALFORMED', 'terms');
  const life = timeOf(act.expiryDateTime) - timeOf(act.actionDateTime);
  demand(life > 0 && life <= LONGEST_LIFE, 'ACT_MALFORMED', 'expiryDateTime');
}
