// From a bundle, pinned roots and the time of day to an answer; no network is asked.
import { parseAct } from './act.js';
import { readAttestation } from './attestation.js';
import { canonicalText, saltedHash } from './canonical.js';
import { readBundle } from './bundle.js';
import { sameBytes, textOf, utf8 } from './bytes.js';
import { EndorsedTransaction } from './fabric.js';
import { timeOf } from './forms.js';
import { apply } from './law.js';
import { Parties } from './parties.js';
import { NotProven, demand } from './refusal.js';
import { Trust } from './trust.js';

const CLOCKS_APART = 2 * 60 * 1000;
const MOST_ARGUMENTS = 2; // of SubmitAct: the act and its countersignature

/**
 * Verify a bundle.
 *
 * @param {Uint8Array} bytes the file
 * @param {Trust} trust the pinned roots
 * @param {{now: number, organisations?: number, nonce?: string|null}} asked `now` in milliseconds;
 *   how many organisations must have endorsed; the nonce if the asker asked itself
 * @returns {Promise<object>} `proven` with the evidence, or `reason` and the reference if it
 *   could be read; never throws for what a bundle may contain
 */
export async function verify(bytes, trust, { now, organisations = 2, nonce = null }) {
  let reference = '';
  try {
    const bundle = readBundle(bytes);
    reference = bundle.transportDocumentReference;
    const evidence = await new Verification(bundle, trust, organisations).run(now, nonce);
    return { proven: true, reason: '', reference, ...evidence };
  } catch (error) {
    if (!(error instanceof NotProven)) throw error;
    return { proven: false, reason: error.reason, detail: error.detail, reference };
  }
}

/** As `verify`, of a file of pinned roots. */
export async function verifyWith(bytes, roots, asked) {
  try {
    return await verify(bytes, await Trust.read(roots), asked);
  } catch (error) {
    if (!(error instanceof NotProven)) throw error;
    return { proven: false, reason: error.reason, detail: error.detail, reference: '' };
  }
}

class Verification {
  constructor(bundle, trust, organisations) {
    this.bundle = bundle;
    this.trust = trust;
    this.organisations = organisations;
    this.reference = bundle.transportDocumentReference;
    this.parties = new Parties(bundle.channel, trust);
  }

  async run(now, nonce) {
    const { bundle, trust } = this;
    demand(bundle.channel === trust.channel, 'WRONG_CHANNEL');
    demand(bundle.chaincode === trust.chaincode, 'WRONG_CHAINCODE');
    await this.#readParties();
    const steps = await this.#replay();
    this.parties.demandAllUsed();
    const { terms } = steps[0].act;
    await this.#compareDocument(terms);
    const attested = await this.#attestation(steps.at(-1).bill);
    demand(nonce === null || nonce === bundle.attestation.nonce, 'NONCE_NOT_YOURS');
    demand(timeOf(bundle.attestation.asOf) <= now + CLOCKS_APART, 'ATTESTATION_FROM_THE_FUTURE');
    return { ...attested, bundle, steps, bill: steps.at(-1).bill, parties: this.parties.all() };
  }

  async #transaction(text) {
    const transaction = await EndorsedTransaction.read(text, this.bundle);
    return [transaction, await transaction.endorsedBy(this.trust, this.organisations)];
  }

  async #readParties() {
    let before = '';
    for (const { party, transaction: text } of this.bundle.parties) {
      demand(before <= party, 'PARTIES_NOT_SORTED');
      before = party;
      const [transaction, endorsedBy] = await this.#transaction(text);
      await this.parties.add(party, transaction, endorsedBy);
    }
    this.parties.demandWhole();
  }

  /** The whole chain: after each act the bill, and who endorsed it. */
  async #replay() {
    const steps = [];
    let bill = null;
    for (const { act: token, details, transaction: text } of this.bundle.acts) {
      const signed = parseAct(token);
      const act = signed.payload;
      demand(act.transportDocumentReference === this.reference, 'ACT_OF_ANOTHER_BILL');
      const [transaction, endorsedBy] = await this.#transaction(text);
      await demandCarries(transaction, signed);
      if (details !== undefined) await compareDetails(act, details);
      const { at, second, moment } = transaction;
      bill = await apply(bill, signed, {
        channel: this.bundle.channel,
        at,
        countersignature: transaction.arguments[1],
        keyOf: (party, kid) => this.parties.keyOf(party, kid, second),
        approversOf: (party) => this.parties.approversOf(party, second),
        rolesOf: (party) => this.parties.rolesOf(party),
      });
      const keyCustody = this.parties.custodyOf(act.actor, signed.kid);
      const countersigned = transaction.arguments.length > 1;
      const shown = details?.details ?? null;
      steps.push({ act, details: shown, bill, endorsedBy, moment, keyCustody, countersigned });
    }
    return steps;
  }

  async #compareDocument(terms) {
    const { document, certificate, attachments } = this.bundle;
    if (document !== undefined) {
      const { salt, transportDocument } = document;
      const hash = await saltedHash(salt, transportDocument);
      demand(hash === terms.documentHash, 'DOCUMENT_CHANGED');
      const named = transportDocument.transportDocumentReference ?? this.reference;
      demand(named === this.reference, 'DOCUMENT_OF_ANOTHER_BILL');
    }
    if (certificate !== undefined) {
      const hash = await saltedHash(certificate.salt, certificate.certificateOfInsurance);
      demand(hash === terms.certificateHash, 'CERTIFICATE_CHANGED');
    }
    const listed = document?.transportDocument.attachments;
    const known = Array.isArray(listed) ? listed.map(canonicalText) : [];
    const all = attachments.every((attachment) => known.includes(canonicalText(attachment)));
    demand(all, 'ATTACHMENT_NOT_LISTED');
  }

  async #attestation(bill) {
    const { asOf, nonce, transaction: text } = this.bundle.attestation;
    const [transaction, attestedBy] = await this.#transaction(text);
    const said = readAttestation(transaction, this.reference, nonce, asOf);
    const isChannels = said.channel === this.bundle.channel && said.chaincode === this.bundle.chaincode;
    demand(isChannels, 'ATTESTATION_MALFORMED');
    const isHead = said.sequence === bill.sequence && said.headActHash === bill.head;
    demand(isHead, 'HEAD_MISMATCH');
    const isState =
      said.state === bill.state &&
      said.possessor === bill.possessor &&
      said.titleHolder === bill.title.holder &&
      said.hold === bill.isHeld &&
      said.pledge === bill.isPledged;
    demand(isState, 'STATE_MISMATCH');
    return { attested: said, attestedBy };
  }
}

async function demandCarries(transaction, signed) {
  const { token, payload } = signed;
  const isIts =
    transaction.function === 'SubmitAct' &&
    transaction.arguments.length <= MOST_ARGUMENTS &&
    transaction.arguments[0] === token &&
    textOf(transaction.response) === (await signed.hash());
  demand(isIts, 'TRANSACTION_OF_ANOTHER_ACT');
  const key = `ACT_${payload.transportDocumentReference}_${String(payload.sequence).padStart(10, '0')}`;
  const written = transaction.written(key);
  demand(written !== null && sameBytes(written, utf8(token)), 'ACT_NOT_WRITTEN');
}

async function compareDetails(act, { salt, details }) {
  demand((await saltedHash(salt, details)) === act.detailsHash, 'DETAILS_CHANGED');
  if (act.actionCode === 'REJECT_SURRENDER') {
    const { comment } = details;
    demand(typeof comment === 'string' && comment !== '', 'COMMENT_MISSING');
  }
  if (act.actionCode === 'REFUSE_PRESENTATION') {
    const { discrepancies } = details;
    demand(Array.isArray(discrepancies) && discrepancies.length > 0, 'DISCREPANCIES_MISSING');
  }
}
