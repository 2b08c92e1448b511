// The picture of a bill's life: who had possession and who had the title after each act.
import { svg } from './elements.js';

const LABELS = 200;
// As wide as the page where the acts are few, and no narrower than can be read.
const WIDTH = 1000;
const COLUMN_MIN = 34;
const COLUMN_MAX = 130;
const ROW = 46;
const TOP = 34;
const CAPTIONS = { en: 118, zh: 108 };
const MARGIN = { en: 100, zh: 64 };
// The two lines run beside one another, never one over the other.
const APART = 8;

/** An SVG picture of the steps; `nameOf(party)` is what a row is called. */
export function pictureOf(steps, words, nameOf) {
  const rows = [];
  for (const { bill } of steps) {
    for (const party of [bill.possessor, bill.title.holder]) {
      if (!rows.includes(party)) rows.push(party);
    }
  }
  const fitting = (WIDTH - LABELS - MARGIN[words.language]) / (steps.length + 0.5);
  const column = Math.max(COLUMN_MIN, Math.min(COLUMN_MAX, fitting));
  const width = Math.ceil(LABELS + column * (steps.length + 0.5) + MARGIN[words.language]);
  const height = TOP + ROW * rows.length + CAPTIONS[words.language];
  const xOf = (at) => LABELS + column * (at + 0.5);
  const yOf = (party) => TOP + ROW * (rows.indexOf(party) + 0.5);
  return svg(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`, width, height, role: 'img',
      'aria-label': words.say('pictureTold'), class: width > WIDTH ? 'picture' : 'picture fitting',
    },
    rows.map((party, at) => rowOf(nameOf(party), at, width)),
    steps.map((step, at) => captionOf(step, at, xOf(at), rows.length, words)),
    lineOf('possession', steps, ({ bill }) => bill.possessor, xOf, (party) => yOf(party) - APART),
    lineOf('title', steps, ({ bill }) => bill.title.holder, xOf, (party) => yOf(party) + APART),
    legend(words),
  );
}

function rowOf(name, at, width) {
  const y = TOP + ROW * at;
  return svg(
    'g',
    {},
    svg('rect', { x: 0, y, width, height: ROW, class: at % 2 === 0 ? 'band' : 'band other' }),
    svg('text', { x: 10, y: y + ROW / 2 - 3, class: 'row' }, name.first),
    svg('text', { x: 10, y: y + ROW / 2 + 13, class: 'row small' }, name.second),
  );
}

function captionOf({ act }, at, x, rows, words) {
  const bottom = TOP + ROW * rows;
  return svg(
    'g',
    {},
    svg('line', { x1: x, x2: x, y1: TOP, y2: bottom, class: 'column' }),
    svg('text', { x, y: bottom + 16, class: 'number' }, String(act.sequence)),
    svg(
      'text',
      { x: 0, y: 0, class: 'caption', transform: `translate(${x - 4} ${bottom + 32}) rotate(38)` },
      words.act(act.actionCode),
    ),
  );
}

/** One line over the steps, level where nothing changed, with a dot where something did. */
function lineOf(kind, steps, whoAfter, xOf, yOf) {
  const who = steps.map(whoAfter);
  let path = `M ${xOf(0)} ${yOf(who[0])}`;
  const dots = [dot(kind, xOf(0), yOf(who[0]))];
  for (let at = 1; at < who.length; at += 1) {
    path += ` H ${xOf(at)} V ${yOf(who[at])}`;
    if (who[at] !== who[at - 1]) dots.push(dot(kind, xOf(at), yOf(who[at])));
  }
  path += ` H ${xOf(who.length - 0.5)}`;
  return svg('g', {}, svg('path', { d: path, class: `line ${kind}` }), dots);
}

function dot(kind, x, y) {
  if (kind === 'possession') return svg('circle', { cx: x, cy: y, r: 6, class: kind });
  const diamond = `M ${x} ${y - 7} L ${x + 7} ${y} L ${x} ${y + 7} L ${x - 7} ${y} Z`;
  return svg('path', { d: diamond, class: kind });
}

function legend(words) {
  const y = TOP / 2;
  const from = LABELS + 6;
  return svg(
    'g',
    {},
    svg('path', { d: `M ${from} ${y} h 34`, class: 'line possession' }),
    svg('circle', { cx: from + 17, cy: y, r: 6, class: 'possession' }),
    svg('text', { x: from + 42, y: y + 5, class: 'row' }, words.say('possession')),
    svg('path', { d: `M ${from + 140} ${y} h 34`, class: 'line title' }),
    svg('path', { d: `M ${from + 157} ${y - 7} l 7 7 l -7 7 l -7 -7 Z`, class: 'title' }),
    svg('text', { x: from + 182, y: y + 5, class: 'row' }, words.say('titleName')),
  );
}
