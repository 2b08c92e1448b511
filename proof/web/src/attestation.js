// The attestation: what peers say the bill is now, endorsed and submitted nowhere (bundle.md,
// section 3).
import { parseCanonical } from './canonical.js';
import { hasMembers, isBillReference, isBoolean, isChannel, isHash, isNonce, isParty, isPositive, isText, isTime, oneOf } from './forms.js';
import { LAW } from './law-table.js';
import { demand, under } from './refusal.js';

const MALFORMED = 'ATTESTATION_MALFORMED';

const FORM = {
  asOf: isTime,
  channel: isChannel,
  chaincode: isText,
  headActHash: isHash,
  hold: isBoolean,
  nonce: isNonce,
  pledge: isBoolean,
  possessor: isParty,
  recoveryPending: isBoolean,
  sequence: isPositive,
  state: oneOf(...LAW.states),
  titleHolder: (value) => value === '' || isParty(value),
  transportDocumentReference: isBillReference,
};

/** What the transaction attests of the bill, asked with `nonce`; else an ATTESTATION_… reason. */
export function readAttestation(transaction, reference, nonce, asOf) {
  demand(transaction.function === 'Attest', 'ATTESTATION_WRONG_FUNCTION');
  const { arguments: args } = transaction;
  demand(args.length === 2, MALFORMED);
  demand(args[0] === reference, 'ATTESTATION_WRONG_BILL');
  demand(args[1] === nonce, 'ATTESTATION_WRONG_NONCE');
  demandWritesNothing(transaction);
  const said = under(MALFORMED, () => parseCanonical(transaction.response));
  demand(hasMembers(said, FORM), MALFORMED);
  demand(said.transportDocumentReference === reference, 'ATTESTATION_WRONG_BILL');
  demandReadsOnly(transaction, said);
  demand(said.nonce === nonce, 'ATTESTATION_WRONG_NONCE');
  demand(said.asOf === transaction.moment && asOf === said.asOf, 'ATTESTATION_WRONG_TIME');
  return said;
}

function demandWritesNothing({ namespaces }) {
  for (const { writes, metadataWrites, collections } of namespaces) {
    const isSilent = writes.length + metadataWrites.length + collections.length === 0;
    demand(isSilent, 'ATTESTATION_WRITES');
  }
}

/** Nothing read but this bill, its holders' recoveries, and what Fabric itself reads. */
function demandReadsOnly({ namespaces, chaincode }, said) {
  const holders = [said.possessor, said.titleHolder].filter((party) => party !== '');
  const recoveries = holders.map((party) => `RECOVERY_${party}`);
  const allowed = {
    [chaincode]: [...new Set([`BILL_${said.transportDocumentReference}`, ...recoveries])],
    _lifecycle: [`namespaces/fields/${chaincode}/Sequence`],
  };
  const seen = new Set();
  for (const { namespace, reads, ranges } of namespaces) {
    const keys = new Set(reads.map(({ key }) => key));
    const isIts =
      !seen.has(namespace) &&
      Object.hasOwn(allowed, namespace) &&
      ranges.length === 0 &&
      reads.length === allowed[namespace].length &&
      allowed[namespace].every((key) => keys.has(key));
    demand(isIts, 'ATTESTATION_READS_ELSE');
    seen.add(namespace);
  }
  demand(seen.has(chaincode), 'ATTESTATION_READS_ELSE');
}
