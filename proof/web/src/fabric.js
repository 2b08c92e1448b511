// Endorsed transactions of Hyperledger Fabric (bundle.md, section 2): who proposed what, what the
// peers answered, and which organisations signed that answer.
import { joined, sameBytes, sha256, sha256Hex, textOf, unb64u } from './bytes.js';
import { spelled } from './forms.js';
import { BOOL, BYTES, INT32, STRING, UINT64, field, messageOf, readMessage } from './protobuf.js';
import { demand, underLater, under } from './refusal.js';

const ENDORSER_TRANSACTION = 3;
const SUCCESS = 200;
// Years 2000 to 2999, as every time that is signed.
const SECONDS_MIN = 946684800;
const SECONDS_MAX = 32503679999;
const NANOS_MAX = 999999999;
const MALFORMED = 'TRANSACTION_MALFORMED';
const many = { repeated: true };

const PAYLOAD = [
  field(1, 'header', messageOf(field(1, 'channelHeader', BYTES), field(2, 'signatureHeader', BYTES))),
  field(2, 'data', BYTES),
];
const CHANNEL_HEADER = [
  field(1, 'type', INT32),
  field(2, 'version', INT32),
  field(3, 'timestamp', messageOf(field(1, 'seconds', UINT64), field(2, 'nanos', INT32))),
  field(4, 'channelId', STRING),
  field(5, 'txId', STRING),
  field(6, 'epoch', UINT64),
  field(7, 'extension', BYTES),
  field(8, 'tlsCertHash', BYTES),
];
const CHAINCODE_ID = messageOf(
  field(1, 'path', STRING), field(2, 'name', STRING), field(3, 'version', STRING),
);
const HEADER_EXTENSION = [field(2, 'chaincodeId', CHAINCODE_ID)];
const SIGNATURE_HEADER = [field(1, 'creator', BYTES), field(2, 'nonce', BYTES)];
const IDENTITY = [field(1, 'mspId', STRING), field(2, 'idBytes', BYTES)];
const TRANSACTION = [
  field(1, 'actions', messageOf(field(1, 'header', BYTES), field(2, 'payload', BYTES)), many),
];
const ACTION_PAYLOAD = [
  field(1, 'proposalPayload', BYTES),
  field(
    2,
    'action',
    messageOf(
      field(1, 'responsePayload', BYTES),
      field(
        2,
        'endorsements',
        messageOf(field(1, 'endorser', BYTES), field(2, 'signature', BYTES)),
        many,
      ),
    ),
  ),
];
const PROPOSAL_PAYLOAD = [field(1, 'input', BYTES)];
const INVOCATION = [
  field(
    1,
    'spec',
    messageOf(
      field(1, 'type', INT32),
      field(2, 'chaincodeId', CHAINCODE_ID),
      field(3, 'input', messageOf(field(1, 'args', BYTES, many), field(3, 'isInit', BOOL))),
      field(4, 'timeout', INT32),
    ),
  ),
];
const RESPONSE_PAYLOAD = [field(1, 'proposalHash', BYTES), field(2, 'extension', BYTES)];
const CHAINCODE_ACTION = [
  field(1, 'results', BYTES),
  field(2, 'events', BYTES),
  field(
    3,
    'response',
    messageOf(field(1, 'status', INT32), field(2, 'message', STRING), field(3, 'payload', BYTES)),
  ),
  field(4, 'chaincodeId', CHAINCODE_ID),
];
const VERSION = messageOf(field(1, 'blockNum', UINT64), field(2, 'txNum', UINT64));
const READ = messageOf(field(1, 'key', STRING), field(2, 'version', VERSION));
const RESULTS = [
  field(1, 'dataModel', INT32),
  field(
    2,
    'namespaces',
    messageOf(
      field(1, 'namespace', STRING),
      field(2, 'rwset', BYTES),
      field(
        3,
        'collections',
        messageOf(field(1, 'name', STRING), field(2, 'hashedRwset', BYTES), field(3, 'hash', BYTES)),
        many,
      ),
    ),
    many,
  ),
];
const RWSET = [
  field(1, 'reads', READ, many),
  field(
    2,
    'ranges',
    messageOf(
      field(1, 'startKey', STRING),
      field(2, 'endKey', STRING),
      field(3, 'isExhausted', BOOL),
      field(4, 'rawReads', messageOf(field(1, 'reads', READ, many))),
      field(
        5,
        'hashes',
        messageOf(
          field(1, 'maxDegree', INT32), field(2, 'maxLevel', INT32), field(3, 'hashes', BYTES, many),
        ),
      ),
    ),
    many,
  ),
  field(
    3,
    'writes',
    messageOf(field(1, 'key', STRING), field(2, 'isDelete', BOOL), field(3, 'value', BYTES)),
    many,
  ),
  field(
    4,
    'metadataWrites',
    messageOf(
      field(1, 'key', STRING),
      field(2, 'entries', messageOf(field(1, 'name', STRING), field(2, 'value', BYTES)), many),
    ),
    many,
  ),
];

/** A transaction read and held against itself; its endorsements are `endorsedBy`'s. */
export class EndorsedTransaction {
  /** Read b64u of a `common.Payload`; else a TRANSACTION_… reason or PROPOSAL_HASH_WRONG. */
  static async read(text, { channel, chaincode }) {
    const bytes = under(MALFORMED, () => unb64u(text));
    return new EndorsedTransaction().#read(bytes, channel, chaincode);
  }

  async #read(bytes, channel, chaincode) {
    const { header, data } = readMessage(bytes, PAYLOAD);
    demand(header !== null, MALFORMED);
    const top = readMessage(header.channelHeader, CHANNEL_HEADER);
    const signatureHeader = readMessage(header.signatureHeader, SIGNATURE_HEADER);
    const creator = readMessage(signatureHeader.creator, IDENTITY);
    const extension = readMessage(top.extension, HEADER_EXTENSION);
    const { actions } = readMessage(data, TRANSACTION);
    demand(actions.length === 1, MALFORMED, 'not one action');
    const { proposalPayload, action } = readMessage(actions[0].payload, ACTION_PAYLOAD);
    demand(action !== null, MALFORMED);
    const { spec } = readMessage(readMessage(proposalPayload, PROPOSAL_PAYLOAD).input, INVOCATION);
    demand(spec?.input, MALFORMED);
    const said = spec.input.args.map((argument) => textOf(argument));
    demand(!said.includes(null), MALFORMED, 'an argument that is no text');
    const answer = readMessage(action.responsePayload, RESPONSE_PAYLOAD);
    const result = readMessage(answer.extension, CHAINCODE_ACTION);
    const { namespaces } = readMessage(result.results, RESULTS);

    demand(top.type === ENDORSER_TRANSACTION && top.timestamp !== null, MALFORMED);
    const { seconds, nanos } = top.timestamp;
    const isTime = seconds >= SECONDS_MIN && seconds <= SECONDS_MAX && nanos <= NANOS_MAX;
    demand(isTime, MALFORMED, 'no time');
    demand(top.channelId === channel, 'TRANSACTION_WRONG_CHANNEL');
    const named = [extension.chaincodeId, spec.chaincodeId, result.chaincodeId];
    demand(named.every((id) => id?.name === chaincode), 'TRANSACTION_WRONG_CHAINCODE');
    const { nonce } = signatureHeader;
    const id = await sha256Hex(nonce, signatureHeader.creator);
    demand(id === top.txId, 'TRANSACTION_ID_WRONG');
    demand(sameBytes(actions[0].header, header.signatureHeader), MALFORMED);
    const hash = await sha256(header.channelHeader, header.signatureHeader, proposalPayload);
    demand(sameBytes(hash, answer.proposalHash), 'PROPOSAL_HASH_WRONG');
    demand(result.response?.status === SUCCESS, 'TRANSACTION_REFUSED');

    this.chaincode = chaincode;
    this.creator = creator;
    // In milliseconds: to the microsecond, and in whole seconds.
    this.at = seconds * 1000 + Math.floor(nanos / 1000) / 1000;
    this.second = seconds * 1000;
    this.moment = spelled(this.second);
    [this.function = '', ...this.arguments] = said;
    this.response = result.response.payload;
    this.namespaces = namespaces.map(({ namespace, rwset, collections }) => ({
      namespace, collections, ...readMessage(rwset, RWSET),
    }));
    this.signed = action.responsePayload;
    this.endorsements = action.endorsements;
    return this;
  }

  /** The bytes written to `key` of the chaincode's namespace, or null. */
  written(key) {
    for (const { namespace, writes } of this.namespaces) {
      if (namespace !== this.chaincode) continue;
      const write = writes.find((one) => one.key === key);
      if (write && !write.isDelete) return write.value;
    }
    return null;
  }

  /** The MSP ids of who endorsed, in that order; each signature holds, or it is refused. */
  async endorsedBy(trust, organisations) {
    const msps = [];
    for (const { endorser, signature } of this.endorsements) {
      const identity = await underLater(MALFORMED, () => readMessage(endorser, IDENTITY));
      const key = await trust.peerKey(identity, this.second);
      const holds = await key.verifiesDer(signature, joined(this.signed, endorser));
      demand(holds, 'ENDORSEMENT_INVALID');
      demand(!msps.includes(identity.mspId), 'ENDORSED_TWICE');
      msps.push(identity.mspId);
    }
    const enough =
      msps.length >= organisations &&
      msps.some((mspId) => trust.kinds.get(mspId) !== 'OPERATOR');
    demand(enough, 'TOO_FEW_ORGANISATIONS');
    return msps;
  }
}

