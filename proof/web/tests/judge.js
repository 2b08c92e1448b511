// What the tests ask of the second verifier, in whatever engine it runs: one question, one answer,
// both of JSON. Expectations stay with who asks.
import { parseAct } from '../src/act.js';
import { answerJson } from '../src/answer.js';
import { b64u, joined, sameBytes, unb64u, utf8 } from '../src/bytes.js';
import { canonicalText, parse, parseCanonical } from '../src/canonical.js';
import { EndorsedTransaction } from '../src/fabric.js';
import { parseJws } from '../src/jws.js';
import { PublicKey, keyOfJwk } from '../src/keys.js';
import { apply } from '../src/law.js';
import { NotProven, refuse } from '../src/refusal.js';
import {
  parseApproval, parseCancellation, parseReceipt, parseRecovery, parseRegistration, parseRotation,
} from '../src/statements.js';
import { Trust } from '../src/trust.js';
import { verifyWith } from '../src/verifier.js';
import { Words } from '../src/words.js';

/** `{good: …}` or `{reason: …}`; whatever else is thrown is a fault of the verifier. */
async function told(work) {
  try {
    return { good: await work() };
  } catch (error) {
    if (error instanceof NotProven) return { reason: error.reason };
    throw error;
  }
}

const each = (cases, work) =>
  cases.reduce(async (before, one) => [...(await before), await told(() => work(one))], []);

async function canonical({ cases }) {
  const bytes = ({ input, inputBytes }) => (input === undefined ? unb64u(inputBytes) : utf8(input));
  return {
    any: await each(cases, (one) => canonicalText(parse(bytes(one)))),
    canonical: await each(cases, (one) => canonicalText(parseCanonical(bytes(one)))),
  };
}

async function jws({ cases, publicKeys }) {
  return {
    cases: await each(cases, async ({ token, typ, key }) => {
      const read = parseJws(token, typ);
      await read.verify(await keyOfJwk(key));
      return { payload: read.payload, hash: await read.hash() };
    }),
    publicKeys: await each(publicKeys, async ({ key }) => (await keyOfJwk(key)).kid),
  };
}

const STATEMENTS = {
  'onebill-receipt+jws': [parseReceipt, 'RECEIPT_INVALID'],
  'onebill-approval+jws': [parseApproval, 'APPROVAL_INVALID'],
  'onebill-registration+jws': [parseRegistration, 'REGISTRATION_INVALID'],
  'onebill-rotation+jws': [parseRotation, 'ROTATION_INVALID'],
  'onebill-recovery+jws': [parseRecovery, 'RECOVERY_INVALID'],
  'onebill-recovery-cancellation+jws': [parseCancellation, 'RECOVERY_INVALID'],
};

async function acts({ acts: all, statements }) {
  return {
    acts: await each(all, ({ act }) => parseAct(act).hash()),
    statements: await each(statements, async ({ token, typ, key }) => {
      const [read, reason] = STATEMENTS[typ];
      const statement = await read(token);
      const { reason: wrong } = await told(async () => statement.verify(await keyOfJwk(key)));
      if (wrong !== undefined) refuse(reason);
      return statement.payload;
    }),
  };
}

async function law({ channel, parties, chains, cases }) {
  const keys = {};
  const approvers = {};
  for (const [party, { publicKey, approverKey }] of Object.entries(parties)) {
    keys[party] = await keyOfJwk(publicKey);
    approvers[party] = approverKey === undefined ? [] : [await keyOfJwk(approverKey.publicKey)];
  }
  const judged = (bill, { act, transactionDateTime, countersignature }) =>
    apply(bill, parseAct(act), {
      channel,
      countersignature,
      approversOf: (party) => approvers[party],
      at: Date.parse(transactionDateTime),
      keyOf(party, kid) {
        const key = keys[party] ?? refuse('PARTY_UNKNOWN');
        return key.kid === kid ? key : refuse('KEY_UNKNOWN');
      },
      rolesOf: (party) => parties[party]?.roles ?? [],
    });
  const before = {};
  for (const [name, chain] of Object.entries(chains)) {
    let bill = null;
    for (const step of chain) bill = await judged(bill, step);
    before[name] = bill;
  }
  return {
    cases: await each(cases, async (one) => {
      const bill = await judged(before[one.given], one);
      return {
        state: bill.state,
        possessor: bill.possessor,
        titleHolder: bill.title.holder,
        sequence: bill.sequence,
        headActHash: bill.head,
        hold: bill.isHeld,
        mayReject: bill.mayReject,
        pledge: bill.isPledged,
      };
    }),
  };
}

const kept = new Map();

/** Read and verify once what ten thousand bundles share; all are functions of bytes alone. */
function everythingOnce() {
  const { read } = EndorsedTransaction;
  const transactions = new Map();
  EndorsedTransaction.read = (text, bundle) => {
    // The sample's channel and chaincode are those of its roots, or nothing is read at all.
    if (!transactions.has(text)) transactions.set(text, read(text, bundle));
    return transactions.get(text);
  };
  const { verifiesAnyS } = PublicKey.prototype;
  const signatures = new Map();
  PublicKey.prototype.verifiesAnyS = function (signature, data) {
    const name = `${this.kid} ${b64u(signature)}`;
    const known = signatures.get(name) ?? [];
    signatures.set(name, known);
    const found = known.find((one) => sameBytes(one.data, data));
    if (found !== undefined) return found.holds;
    const holds = verifiesAnyS.call(this, signature, data);
    known.push({ data, holds });
    return holds;
  };
  const { read: readTrust } = Trust;
  const trusts = new Map();
  Trust.read = (bytes) => {
    if (!trusts.has(bytes)) trusts.set(bytes, readTrust.call(Trust, bytes));
    return trusts.get(bytes);
  };
  return {};
}

/** Keep bytes (b64u) or text under a name, for `bundle`. */
function keep({ name, bytes, text }) {
  kept.set(name, text === undefined ? unb64u(bytes) : utf8(text));
  return {};
}

const answerOf = ({ proven, reason }) => ({ proven, reason });

/** Verify a kept bundle, each `edit` in turn replacing `remove` bytes at `at` by `insert`. */
async function bundle({ base, edits, roots, now, organisations, nonce, withAnswer = false }) {
  let bytes = kept.get(base);
  for (const { at, remove, insert } of edits) {
    bytes = joined(bytes.subarray(0, at), unb64u(insert), bytes.subarray(at + remove));
  }
  const asked = { now: Date.parse(now), organisations, nonce };
  const answer = await verifyWith(bytes, kept.get(roots), asked);
  return withAnswer ? answerJson(answer, new Words('en')) : answerOf(answer);
}

const KINDS = { canonical, jws, acts, law, keep, bundle, everythingOnce, words: () => Words.tables };

/** Answer one question: `kind`, and what it needs. */
export async function judge(asked) {
  return KINDS[asked.kind](asked);
}
