// The pinned roots (bundle.md, section 4): whom this verifier believes, and nobody else.
import { parse } from './canonical.js';
import { derOfPem, isIssuedBy, readCertificate } from './certificate.js';
import { textOf } from './bytes.js';
import { arrayOf, hasMembers, isChannel, isMspId, isPositive, isText, objectOf, oneOf } from './forms.js';
import { keyOfPoint } from './keys.js';
import { NotProven, demand, under } from './refusal.js';

const NOT_ENDORSING = ['client', 'admin', 'orderer'];
const MALFORMED = 'TRUST_MALFORMED';

// What the owner of a key that was not lost has to object: 72 hours.
const RECOVERY_DELAY_SECONDS = 259200;
const KINDS = ['OPERATOR', 'CARRIER', 'PORT'];

const FORM = {
  channel: isChannel,
  chaincode: isText,
  organisations: arrayOf(
    objectOf({ kind: oneOf(...KINDS), mspId: isMspId, rootCertificates: arrayOf(isText, 1, 16) }),
    1,
    64,
  ),
};
const OPTIONAL = { recoveryDelaySeconds: isPositive };

/** The roots, and what was already found out about the certificates they issued. */
export class Trust {
  #peers = new Map();

  /** Read a trust file; else TRUST_MALFORMED. */
  static async read(bytes) {
    const file = under(MALFORMED, () => parse(bytes));
    demand(hasMembers(file, FORM, OPTIONAL), MALFORMED);
    const trust = new Trust();
    trust.channel = file.channel;
    trust.chaincode = file.chaincode;
    trust.recoveryDelay = (file.recoveryDelaySeconds ?? RECOVERY_DELAY_SECONDS) * 1000;
    trust.roots = new Map();
    trust.kinds = new Map();
    for (const { kind, mspId, rootCertificates } of file.organisations) {
      demand(!trust.roots.has(mspId), MALFORMED);
      trust.kinds.set(mspId, kind);
      trust.roots.set(mspId, await Promise.all(rootCertificates.map(readRoot)));
    }
    return trust;
  }

  /** The key of a peer of the organisation that the identity names; else an ENDORSER_… reason. */
  async peerKey({ mspId, idBytes }, at) {
    const name = JSON.stringify([mspId, textOf(idBytes)]);
    if (!this.#peers.has(name)) this.#peers.set(name, this.#peer(mspId, idBytes));
    const { certificate, root, key } = await this.#peers.get(name);
    for (const { notBefore, notAfter } of [certificate, root]) {
      demand(notBefore <= at && at <= notAfter, 'ENDORSER_EXPIRED');
    }
    return key;
  }

  async #peer(mspId, idBytes) {
    const roots = this.roots.get(mspId);
    demand(roots !== undefined, 'ENDORSER_UNKNOWN', mspId);
    const pem = textOf(idBytes);
    const certificate = readCertificate(derOfPem(pem, 'ENDORSER_UNKNOWN'), 'ENDORSER_UNKNOWN');
    const root = await issuerOf(certificate, roots);
    demand(root !== null, 'ENDORSER_UNKNOWN');
    const { units, isAuthority, isUnderstood, point } = certificate;
    const isPeer = units.includes('peer') && !units.some((unit) => NOT_ENDORSING.includes(unit));
    demand(isPeer && !isAuthority && isUnderstood && point !== null, 'ENDORSER_NOT_PEER');
    return { certificate, root, key: await keyOfPoint(point) };
  }
}

async function readRoot(pem) {
  try {
    const root = readCertificate(derOfPem(pem, MALFORMED), MALFORMED);
    demand(root.isAuthority, MALFORMED, 'a root that is no authority');
    demand(root.point !== null, MALFORMED, 'a root whose key is not on P-256');
    return { ...root, key: await keyOfPoint(root.point) };
  } catch (error) {
    throw error instanceof NotProven ? new NotProven(MALFORMED, error.detail) : error;
  }
}

async function issuerOf(certificate, roots) {
  for (const root of roots) if (await isIssuedBy(certificate, root)) return root;
  return null;
}
