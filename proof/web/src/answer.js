// The answer: what is proven, on whose honesty it rests, and what is not (bundle.md, section 6).

/** A time as people read it, in UTC. */
export const moment = (spelled) => `${spelled.slice(0, 10)} ${spelled.slice(11, 19)} UTC`;

/** On whose honesty a proven answer rests. */
export function restsOn({ steps, attestedBy }, words) {
  const fewest = Math.min(...steps.map(({ endorsedBy }) => endorsedBy.length));
  const held = steps.filter(({ keyCustody }) => keyCustody !== 'OWN').length;
  return [
    words.say('restsActs', { sequence: steps.length }),
    ...(held === 0 ? [] : [words.say('restsCustody', { count: held })]),
    words.say('restsAttested', { organisations: attestedBy.join(words.comma) }),
    words.say('restsEndorsed', { fewest }),
    words.say('restsContract'),
    words.say('restsKeys'),
    words.say('restsYou'),
  ];
}

/** What even a proven bundle does not show. */
export function notProven({ attested, bundle }, words) {
  return [
    words.say('notGoods'),
    words.say('notSince', { asOf: moment(attested.asOf) }),
    words.say('notCollusion'),
    words.say('notRevoked'),
    ...(bundle.document === undefined ? [words.say('notDocument')] : []),
    ...(bundle.certificate === undefined ? [words.say('notCertificate')] : []),
    ...(attested.recoveryPending ? [words.say('notRecovery')] : []),
  ];
}

/** The answer as JSON, its sentences in the language of `words`. */
export function answerJson(answer, words) {
  const { proven, reason, reference } = answer;
  if (!proven) {
    const message = words.reason(reason);
    return { ...NOTHING, reason, message, transportDocumentReference: reference };
  }
  const { attested, attestedBy, bill, bundle, steps } = answer;
  const { channel, chaincode, ...said } = attested;
  const shown = (part) => (part === undefined ? 'not shown' : 'shown');
  return {
    ...NOTHING,
    ...said,
    proven,
    deliveredAgainstIndemnity: bill.isDeliveredAgainstIndemnity,
    attestedBy,
    endorsedBy: steps.map(({ endorsedBy }) => endorsedBy),
    signedBy: steps.map(({ act: { actionCode, actor }, countersigned, keyCustody }) => ({
      actionCode, actor, countersigned, keyCustody,
    })),
    document: shown(bundle.document),
    certificate: shown(bundle.certificate),
    restsOn: restsOn(answer, words),
    notProven: notProven(answer, words),
  };
}

const NOTHING = {
  proven: false,
  reason: '',
  message: '',
  nonce: '',
  hold: false,
  pledge: false,
  deliveredAgainstIndemnity: false,
  recoveryPending: false,
  transportDocumentReference: '',
  state: '',
  possessor: '',
  titleHolder: '',
  sequence: 0,
  headActHash: '',
  asOf: '',
  attestedBy: [],
  endorsedBy: [],
  signedBy: [],
  document: 'not shown',
  certificate: 'not shown',
  restsOn: [],
  notProven: [],
};
