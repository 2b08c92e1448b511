// The page: two files in, one answer out.
import { sha256Hex } from './bytes.js';
import { isObject, parse } from './canonical.js';
import { html } from './elements.js';
import { isNonce } from './forms.js';
import { NotProven } from './refusal.js';
import { Tool } from './tool.js';
import { verifyWith } from './verifier.js';
import { viewOf } from './view.js';
import { LANGUAGES, Words } from './words.js';

const NAMES = { en: 'English', zh: '中文' };

/** The fields are made once: drawn anew they would forget what was chosen. */
const fileInput = (kind) =>
  html('input', {
    id: `file-${kind}`,
    type: 'file',
    accept: '.json,application/json',
    'aria-describedby': `file-${kind}-is`,
    onchange: (event) => take([...event.target.files], kind),
  });
const fileInputs = { bundle: fileInput('bundle'), roots: fileInput('roots') };

const isChinese = (navigator.languages ?? [navigator.language]).at(0)?.startsWith('zh');
const page = {
  words: new Words(isChinese ? 'zh' : 'en'),
  files: { bundle: null, roots: null },
  organisations: 2,
  nonce: '',
  answer: null,
  now: 0,
  turn: 0,
  tool: new Tool(),
};

/** A file of pinned roots says so itself; everything else is taken for a bundle. */
function kindOf(bytes) {
  try {
    const value = parse(bytes);
    return isObject(value) && 'organisations' in value ? 'roots' : 'bundle';
  } catch (error) {
    if (error instanceof NotProven) return 'bundle';
    throw error;
  }
}

async function take(files, kind = null) {
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const hash = await sha256Hex(bytes);
    page.files[kind ?? kindOf(bytes)] = { name: file.name, bytes, hash };
  }
  await check();
}

/** Verify what is there; of two checks that overlap the later one counts. */
async function check() {
  page.turn += 1;
  const { turn, organisations, nonce } = page;
  const { bundle, roots } = page.files;
  page.answer = null;
  draw();
  if (bundle === null || roots === null) return;
  const now = Date.now();
  const asked = { now, organisations, nonce: nonce === '' ? null : nonce };
  const answer = await verifyWith(bundle.bytes, roots.bytes, asked);
  if (turn !== page.turn) return;
  page.answer = answer;
  page.now = now;
  if (answer.proven) page.tool.offer(answer.bill, now);
  draw();
  document.getElementById('verdict').focus();
}

function draw() {
  const { words } = page;
  const focused = document.activeElement?.id;
  document.documentElement.lang = words.language;
  document.title = `${words.say('title')} · OneBill`;
  document.getElementById('page').replaceChildren(
    heading(),
    html('main', {}, filesIn(), html('div', { id: 'answer' }, answerOf())),
    page.tool.draw(words, draw),
  );
  if (focused) document.getElementById(focused)?.focus();
}

function heading() {
  const { words } = page;
  const choose = (language) => {
    page.words = new Words(language);
    page.tool.told = [];
    draw();
  };
  return html(
    'header',
    {},
    html('div', {}, html('h1', {}, words.say('title')), html('p', { class: 'soft' }, words.say('subtitle'))),
    html(
      'div',
      { class: 'languages', role: 'group', 'aria-label': words.say('language') },
      LANGUAGES.map((language) =>
        html(
          'button',
          {
            type: 'button',
            id: `language-${language}`,
            lang: language,
            'aria-pressed': String(language === words.language),
            onclick: () => choose(language),
          },
          NAMES[language],
        ),
      ),
    ),
  );
}

function filesIn() {
  const { words } = page;
  return html(
    'section',
    { class: 'files-in' },
    html('h2', {}, words.say('choose')),
    html('p', { class: 'soft' }, words.say('chooseHint')),
    html('div', { class: 'fields' }, fileField('bundle', 'bundleField'), fileField('roots', 'rootsField')),
    html(
      'details',
      { open: page.organisations !== 2 || page.nonce !== '' },
      html('summary', {}, words.say('settings')),
      html(
        'div',
        { class: 'fields' },
        setting('organisations', 'organisationsField', { type: 'number', min: 1, max: 99 }, (value) =>
          Number.isInteger(Number(value)) && Number(value) >= 1 ? Number(value) : null,
        ),
        setting('nonce', 'nonceField', { type: 'text', maxlength: 64 }, (value) =>
          value === '' || isNonce(value) ? value : null,
        ),
      ),
    ),
  );
}

function fileField(kind, label) {
  const { words, files } = page;
  const id = `file-${kind}`;
  const name = files[kind]?.name;
  return html(
    'div',
    { class: 'field' },
    html('label', { for: id }, words.say(label)),
    html(
      'div',
      { class: name === undefined ? 'file' : 'file chosen' },
      fileInputs[kind],
      html('span', { id: `${id}-is` }, name ?? words.say('none')),
    ),
  );
}

function setting(name, label, properties, read) {
  const id = `setting-${name}`;
  const input = html('input', { id, autocomplete: 'off', value: page[name], ...properties });
  input.addEventListener('change', () => {
    const value = read(input.value);
    if (value !== null) page[name] = value;
    check();
  });
  return html('div', { class: 'field' }, html('label', { for: id }, page.words.say(label)), input);
}

function answerOf() {
  const { words, files, answer, now } = page;
  const { bundle, roots } = files;
  if (globalThis.crypto?.subtle === undefined) return waiting('noCrypto');
  if (bundle === null) return waiting('needBundle');
  if (roots === null) return waiting('needRoots');
  if (answer === null) return waiting('working');
  return [
    ...viewOf(answer, words, { now, files: [bundle, roots] }),
    html(
      'div',
      { class: 'row-of-buttons no-print' },
      html('button', { type: 'button', id: 'print', onclick: () => window.print() }, words.say('print')),
      html('button', { type: 'button', id: 'again', onclick: again }, words.say('again')),
    ),
  ];
}

function again() {
  page.files.bundle = null;
  fileInputs.bundle.value = '';
  check();
  fileInputs.bundle.focus();
}

const waiting = (key) =>
  html('section', { role: 'status' }, html('p', {}, page.words.say(key)));

for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.toggle('dropping', kind === 'dragenter' || kind === 'dragover');
    if (kind === 'drop') take([...event.dataTransfer.files]);
  });
}

draw();
if (globalThis.crypto?.subtle !== undefined) page.tool.load().then(draw);
