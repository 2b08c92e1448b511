// The state of a bill between two acts (law.md, section 1).

/** A title: who holds it ("" is blank), and whether it came by name, so that it ends there. */
export const titleOf = (holder, isByName = false) => ({ holder, isByName });

export const BLANK = '';

/** The bill before its first act is null; this is what ISSUE makes. */
export class Bill {
  constructor(act) {
    const { terms } = act;
    this.channel = act.channel;
    this.reference = act.transportDocumentReference;
    this.issuer = act.actor;
    this.terms = terms;
    this.sequence = 0;
    this.head = '';
    this.time = -Infinity;
    this.state = '';
    this.possessor = '';
    this.title = titleOf(BLANK);
    this.titleOnReceipt = this.title;
    this.memory = null;
    this.presentation = null;
    this.pledge = null;
    this.amendment = null;
    this.surrender = null;
    this.surrendersUsed = new Set();
    this.orders = new Map();
    this.holds = new Map();
    this.payments = new Set();
    this.isMasterReleased = false;
    this.customsReleased = new Set();
    this.legsNoted = new Set();
    this.passesUsed = new Set();
    this.release = null;
    this.isDeliveredAgainstIndemnity = false;
    this.takenInCharge = -Infinity;
  }

  get isToOrder() {
    return this.terms.isToOrder;
  }

  get isSeaWaybill() {
    return this.terms.transportDocumentTypeCode === 'SWB';
  }

  get containerKeys() {
    return this.terms.containers.map((container) => container.containerKey);
  }

  /** Whether an authority keeps the goods: a hold or an order lasts. */
  get isHeld() {
    return this.holds.size > 0 || this.orders.size > 0;
  }

  get isPledged() {
    return this.pledge !== null;
  }

  get mayReject() {
    return this.memory !== null;
  }

  /** A copy to try an act on: what is refused has changed nothing. */
  copy() {
    const other = Object.assign(Object.create(Bill.prototype), this);
    for (const [name, value] of Object.entries(other)) {
      if (value instanceof Set) other[name] = new Set(value);
      if (value instanceof Map) other[name] = new Map(value);
    }
    return other;
  }
}
