// The narrow JSON that is signed: RFC 8785, whole numbers from 0 to 2^53-1, no name twice,
// nothing nested deeper than 16 (act.md, section 1).
import { sha256Hex, textOf, unb64u, utf8 } from './bytes.js';
import { demand, refuse, under } from './refusal.js';

const DEPTH_MAX = 16;
const NUMBER = /0|[1-9][0-9]*/y;
// Up to the first character that ends a text or needs a look.
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Whether `value` is a JSON object. */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The canonical text of a value that `parse` gave or that is built of such. */
export function canonicalText(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (isObject(value)) {
    // The order of sort() is that of UTF-16 code units, as RFC 8785 wants it.
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join(',')}}`;
  }
  if (typeof value === 'number') {
    demand(Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0), 'JSON_MALFORMED');
  }
  if (typeof value === 'string') demand(value.isWellFormed(), 'JSON_MALFORMED');
  return JSON.stringify(value);
}

/** JCS(value): its canonical bytes. */
export function encode(value) {
  return utf8(canonicalText(value));
}

/** The value of JSON in any spelling; else JSON_MALFORMED. Objects have no prototype. */
export function parse(bytes) {
  return parseText(bytes)[0];
}

/** The value of JSON that is its own canonical encoding; else JSON_MALFORMED, NOT_CANONICAL. */
export function parseCanonical(bytes) {
  const [value, text] = parseText(bytes);
  demand(canonicalText(value) === text, 'NOT_CANONICAL');
  return value;
}

/** Hex of SHA-256(salt ‖ JCS(value)); a salt that is none is SALT_MALFORMED. */
export async function saltedHash(salt, value) {
  const raw = under('SALT_MALFORMED', () => unb64u(salt));
  demand(raw.length === 32, 'SALT_MALFORMED');
  return sha256Hex(raw, encode(value));
}

function parseText(bytes) {
  const text = textOf(bytes);
  demand(text !== null, 'JSON_MALFORMED', 'no UTF-8');
  const reader = new Reader(text);
  const value = reader.value(1);
  reader.space();
  demand(reader.at === text.length, 'JSON_MALFORMED');
  return [value, text];
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  space() {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at += 1;
  }

  takes(word) {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  value(depth) {
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.literal('true', true);
      case 'f':
        return this.literal('false', false);
      case 'n':
        return this.literal('null', null);
      default:
        return this.number();
    }
  }

  literal(word, value) {
    demand(this.takes(word), 'JSON_MALFORMED');
    return value;
  }

  number() {
    NUMBER.lastIndex = this.at;
    const digits = NUMBER.exec(this.text)?.[0];
    demand(digits !== undefined && digits.length <= 16, 'JSON_MALFORMED');
    const value = Number(digits);
    demand(Number.isSafeInteger(value), 'JSON_MALFORMED');
    this.at += digits.length;
    return value;
  }

  string() {
    this.at += 1;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = this.at;
      const plain = PLAIN.exec(this.text)[0];
      value += plain;
      this.at += plain.length;
      if (this.takes('"')) break;
      demand(this.takes('\\'), 'JSON_MALFORMED');
      value += this.escaped();
    }
    demand(value.isWellFormed(), 'JSON_MALFORMED', 'a lone surrogate');
    return value;
  }

  escaped() {
    const mark = this.text[this.at];
    this.at += 1;
    if (mark === 'u') {
      const digits = this.text.slice(this.at, this.at + 4);
      demand(/^[0-9A-Fa-f]{4}$/.test(digits), 'JSON_MALFORMED');
      this.at += 4;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (mark === undefined || !Object.hasOwn(ESCAPES, mark)) refuse('JSON_MALFORMED');
    return ESCAPES[mark];
  }

  array(depth) {
    demand(depth <= DEPTH_MAX, 'JSON_MALFORMED', 'too deep');
    const items = [];
    this.at += 1;
    this.space();
    if (this.takes(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.another(']'));
    return items;
  }

  object(depth) {
    demand(depth <= DEPTH_MAX, 'JSON_MALFORMED', 'too deep');
    // Without a prototype, so that no name means more than another.
    const members = Object.create(null);
    this.at += 1;
    this.space();
    if (this.takes('}')) return members;
    do {
      this.space();
      demand(this.text[this.at] === '"', 'JSON_MALFORMED');
      const name = this.string();
      demand(!Object.hasOwn(members, name), 'JSON_MALFORMED', 'a name twice');
      this.space();
      demand(this.takes(':'), 'JSON_MALFORMED');
      members[name] = this.value(depth + 1);
    } while (this.another('}'));
    return members;
  }

  /** Past a comma: true. Past the end mark: false. */
  another(end) {
    this.space();
    if (this.takes(',')) return true;
    demand(this.takes(end), 'JSON_MALFORMED');
    return false;
  }
}
