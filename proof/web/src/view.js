// What the page shows of an answer.
import { answerJson, moment, notProven, restsOn } from './answer.js';
import { html } from './elements.js';
import { pictureOf } from './picture.js';
import { isObject } from './canonical.js';

const MINUTE = 60_000;

/** The parts of the page that tell an answer, in order. */
export function viewOf(answer, words, { now, files }) {
  if (!answer.proven) return [refusalOf(answer, words), filesOf(files, words, now)];
  const cast = new Cast(answer, words);
  return [
    verdictOf(answer, words, cast, now),
    section(words.say('evidence'), evidenceOf(answer, words, cast)),
    section(
      words.say('picture'),
      html(
        'div',
        { class: 'wide', tabindex: '0', role: 'group', 'aria-label': words.say('picture') },
        pictureOf(answer.steps, words, (party) => cast.inPicture(party)),
      ),
    ),
    section(words.say('restsOn'), list(restsOn(answer, words))),
    section(words.say('notProven'), list(notProven(answer, words))),
    section(words.say('acts'), actsOf(answer, words, cast)),
    section(words.say('partiesName'), partiesOf(words, cast)),
    shownOf(words.say('documentName'), answer.bundle.document?.transportDocument),
    shownOf(words.say('certificateName'), answer.bundle.certificate?.certificateOfInsurance),
    jsonOf(answer, words),
    filesOf(files, words, now),
  ].filter((part) => part !== null);
}

/** Letters for parties, in the order in which they appear: ids are long and look alike. */
class Cast {
  constructor(answer, words) {
    this.words = words;
    this.records = new Map(answer.parties.map((record) => [record.party, record]));
    this.letters = new Map();
    const seen = answer.steps.flatMap(({ act, bill }) => [
      act.actor, act.recipient, bill.possessor, bill.title.holder,
    ]);
    // Carriers and shippers sign inside an act, and stand in no column.
    for (const party of [...seen, ...this.records.keys()]) {
      const isNew = party !== undefined && party !== '' && !this.letters.has(party);
      if (isNew) this.letters.set(party, letterOf(this.letters.size));
    }
  }

  rolesOf(party) {
    const record = this.records.get(party);
    return record === undefined ? '' : this.words.roles(record.roles);
  }

  /** In running text. */
  named(party) {
    if (party === '') return this.words.say('blank');
    const roles = this.rolesOf(party);
    const inBrackets = this.words.language === 'zh' ? `（${roles}）` : ` (${roles})`;
    return `${party}${roles === '' ? '' : inBrackets}`;
  }

  /** In a narrow place: letter and beginning. */
  short(party) {
    if (party === '' || party === undefined) return party === '' ? this.words.say('blankRow') : '';
    return html(
      'span',
      { class: 'party', title: party },
      html('b', {}, this.letters.get(party) ?? '?'),
      ` ${party.slice(0, 7)}…`,
    );
  }

  /** In a narrower place: the letter alone. */
  letter(party) {
    if (party === '') return this.words.say('blankRow');
    return html('b', { title: party }, this.letters.get(party));
  }

  inPicture(party) {
    if (party === '') return { first: this.words.say('blankRow'), second: '' };
    const id = `${party.slice(0, 12)}…`;
    const roles = this.rolesOf(party);
    const letter = this.letters.get(party);
    return roles === ''
      ? { first: `${letter}  ${id}`, second: this.words.say('silent') }
      : { first: `${letter}  ${roles}`, second: id };
  }
}

function letterOf(at) {
  const letter = String.fromCharCode(65 + (at % 26));
  return at < 26 ? letter : letterOf(Math.floor(at / 26) - 1) + letter;
}

function verdictOf({ attested }, words, cast, now) {
  const minutes = Math.floor((now - Date.parse(attested.asOf)) / MINUTE);
  const told = {
    asOf: moment(attested.asOf),
    reference: attested.transportDocumentReference,
    state: words.state(attested.state),
    possessor: cast.named(attested.possessor),
  };
  return html(
    'section',
    { class: 'verdict proven' },
    html('h2', { id: 'verdict', tabindex: '-1' }, '✓ ', words.say('proven')),
    html('p', { class: 'headline' }, words.say('headline', told)),
    html('p', {}, ageOf(minutes, words), ' ', words.say('askAgain')),
  );
}

function ageOf(minutes, words) {
  if (minutes < 1) return words.say('ageNow');
  if (minutes < 120) return words.say('ageMinutes', { count: minutes });
  if (minutes < 48 * 60) return words.say('ageHours', { count: Math.floor(minutes / 60) });
  return words.say('ageDays', { count: Math.floor(minutes / 60 / 24) });
}

function refusalOf({ reason, detail, reference }, words) {
  return html(
    'section',
    { class: 'verdict refused' },
    html('h2', { id: 'verdict', tabindex: '-1' }, '✗ ', words.say('notProvenHeadline')),
    html('p', { class: 'headline' }, words.reason(reason)),
    html('p', {}, words.advice(reason)),
    definitions([
      [words.say('reason'), html('code', {}, detail ? `${reason} (${detail})` : reason)],
      ...(reference === '' ? [] : [[words.say('bill'), reference]]),
    ]),
  );
}

function evidenceOf({ attested, attestedBy, bill, bundle }, words, cast) {
  const kind = bill.isSeaWaybill ? 'kindSeaWaybill' : bill.isToOrder ? 'kindToOrder' : 'kindStraight';
  const shown = (part) => words.say(part === undefined ? 'notShown' : 'shown');
  const version = { sequence: attested.sequence, hash: attested.headActHash };
  const nonce = words.say('nonceOf', { nonce: attested.nonce });
  return definitions([
    [words.say('bill'), `${attested.transportDocumentReference} · ${words.say(kind)}`],
    [words.say('stateName'), words.state(attested.state)],
    [words.say('possession'), [cast.letter(attested.possessor), ' ', cast.named(attested.possessor)]],
    [words.say('titleName'), [titleLetter(attested, cast), cast.named(attested.titleHolder)]],
    [words.say('hold'), words.say(attested.hold ? 'yes' : 'no')],
    [words.say('pledge'), words.say(attested.pledge ? 'yes' : 'no')],
    ...(bill.isDeliveredAgainstIndemnity
      ? [[words.say('indemnity'), words.say('indemnityYes')]]
      : []),
    ...(attested.recoveryPending ? [[words.say('recovery'), words.say('recoveryYes')]] : []),
    [words.say('attestedBy'), `${attestedBy.join(words.comma)} · ${moment(attested.asOf)} · ${nonce}`],
    [words.say('version'), words.say('versionOf', version)],
    [words.say('documentName'), shown(bundle.document)],
    [words.say('certificateName'), shown(bundle.certificate)],
    ...(bundle.attachments.length === 0
      ? []
      : [[words.say('attachmentsName'), bundle.attachments.map(({ name }) => name).join(words.comma)]]),
  ]);
}

const titleLetter = ({ titleHolder }, cast) =>
  titleHolder === '' ? [] : [cast.letter(titleHolder), ' '];

function actsOf({ steps }, words, cast) {
  const head = ['columnNumber', 'columnTime', 'columnAct', 'columnActor', 'columnRecipient',
    'columnAfter', 'columnEndorsed'];
  const rows = steps.map((step) => {
    const { act, bill, endorsedBy, moment: time, details, keyCustody, countersigned } = step;
    const isToldMore = details !== null && Object.keys(details).length > 0;
    const row = html(
      'tr',
      { class: isToldMore ? 'told-more' : '' },
      html('td', {}, String(act.sequence)),
      html('td', {}, moment(time)),
      html('td', {}, words.act(act.actionCode), ' ', html('code', {}, act.actionCode)),
      html(
        'td',
        {},
        cast.short(act.actor),
        keyCustody === 'OWN' ? null : html('div', { class: 'soft' }, words.custody(keyCustody)),
        countersigned ? html('div', { class: 'soft' }, words.say('countersigned')) : null,
      ),
      html('td', {}, cast.short(act.recipient)),
      html(
        'td',
        { class: 'after' },
        html('div', {}, `${words.say('possession')} `, cast.letter(bill.possessor)),
        html('div', {}, `${words.say('titleName')} `, cast.letter(bill.title.holder)),
        html('div', {}, words.state(bill.state)),
      ),
      html('td', {}, endorsedBy.join(words.comma)),
    );
    return isToldMore ? [row, moreOf(details, words)] : [row];
  });
  return html(
    'div',
    { class: 'wide', tabindex: '0', role: 'group', 'aria-label': words.say('acts') },
    html(
      'table',
      {},
      html('thead', {}, html('tr', {}, head.map((key) => html('th', { scope: 'col' }, words.say(key))))),
      html('tbody', {}, rows),
    ),
  );
}

/** The details of an act, under its row. */
const moreOf = (details, words) =>
  html(
    'tr',
    { class: 'more' },
    html('td', {}),
    html(
      'td',
      { colspan: 6 },
      html('details', {}, html('summary', {}, words.say('details')), treeOf(details)),
    ),
  );

function partiesOf(words, cast) {
  return definitions(
    [...cast.letters].map(([party, letter]) => {
      const record = cast.records.get(party);
      const told =
        record === undefined
          ? words.say('partyOther')
          : words.say('partyRoles', {
              roles: words.roles(record.roles),
              organisation: record.vouchingOrganisation,
            });
      const more = record === undefined ? [] : historyOf(record, words);
      return [html('b', {}, letter), [html('code', {}, party), html('div', {}, told), more]];
    }),
    'letters',
  );
}

/** Every key that a party ever had, and when it was not active: a recovery shows for ever. */
function historyOf({ keys, statusChanges = [] }, words) {
  const times = [
    ...keys.map(({ how, since, keyCustody }) => {
      const given = { how: words.key(how), custody: words.custody(keyCustody), since: moment(since) };
      return [since, words.say('partyKey', given)];
    }),
    ...statusChanges.map(({ status, since }) => [since, `${words.status(status)} ${moment(since)}`]),
  ];
  const told = times.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, line]) => line);
  return told.map((line) => html('div', { class: 'soft' }, line));
}

function shownOf(heading, value) {
  return value === undefined ? null : section(heading, treeOf(value));
}

/** Any JSON, its names as they stand. */
function treeOf(value) {
  if (Array.isArray(value)) {
    return html('ol', { class: 'tree' }, value.map((item) => html('li', {}, treeOf(item))));
  }
  if (isObject(value)) {
    return definitions(Object.entries(value).map(([name, inner]) => [name, treeOf(inner)]), 'tree');
  }
  return html('span', {}, String(value));
}

/** The answer for machines and files, as bundle.md, section 6 has it. */
function jsonOf(answer, words) {
  const text = JSON.stringify(answerJson(answer, words), null, 2);
  return html(
    'details',
    { class: 'tool' },
    html('summary', {}, words.say('asJson')),
    html('pre', { id: 'answer-json', tabindex: '0' }, text),
  );
}

function filesOf(files, words, now) {
  return html(
    'footer',
    { class: 'files' },
    html('p', {}, words.say('printed', { now: moment(new Date(now).toISOString()) })),
    list(files.map(({ name, hash }) => [name, ' ', html('code', {}, `SHA-256 ${hash}`)])),
  );
}

const section = (heading, ...content) => html('section', {}, html('h2', {}, heading), ...content);

const list = (items) => html('ul', {}, items.map((item) => html('li', {}, item)));

const definitions = (pairs, kind = '') =>
  html(
    'dl',
    { class: kind },
    pairs.map(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]),
  );
