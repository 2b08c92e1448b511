// The signer's part of the page.
import { utf8 } from './bytes.js';
import { isObject, parse } from './canonical.js';
import { html } from './elements.js';
import { NotProven, demand } from './refusal.js';
import { KeyRing, nextDraft, prepare, sign } from './signer.js';

/** The tool, drawn anew for every language; keys and what was typed stay. */
export class Tool {
  constructor() {
    this.ring = new KeyRing();
    this.keys = [];
    this.typed = { name: '', act: '', details: '{}', kid: '' };
    this.told = [];
    this.isOpen = false;
  }

  /** Offer the act after the last one of a bill that was just proven. */
  offer(bill, now) {
    this.typed.act = JSON.stringify(nextDraft(bill, now), null, 2);
  }

  async load() {
    this.keys = await this.ring.all();
    this.typed.kid ||= this.keys[0]?.kid ?? '';
  }

  draw(words, redraw) {
    const act = async (work) => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof NotProven)) throw error;
        const detail = error.detail || words.reason(error.reason);
        this.told = [html('p', { role: 'alert' }, words.say('signMalformed', { detail }))];
      }
      redraw();
    };
    const chosen = this.keys.find(({ kid }) => kid === this.typed.kid);
    return html(
      'details',
      { class: 'tool', id: 'tool', open: this.isOpen, ontoggle: (event) => this.#opened(event) },
      html('summary', {}, words.say('sign')),
      html('p', { class: 'soft' }, words.say('signHint')),
      html(
        'div',
        { class: 'fields' },
        this.#field('name', words.say('keyName'), 'input'),
        this.#field('kid', words.say('keys'), 'select', this.#options(words), redraw),
      ),
      html(
        'div',
        { class: 'row-of-buttons' },
        button('make-key', words.say('makeKey'), () => act(() => this.#make())),
      ),
      chosen === undefined
        ? null
        : html(
            'p',
            {},
            `${words.say('publicKey')}: `,
            html('code', { id: 'public-key' }, JSON.stringify({ kid: chosen.kid, ...chosen.jwk })),
          ),
      this.#field('act', words.say('actField'), 'textarea'),
      this.#field('details', words.say('details'), 'textarea'),
      html(
        'div',
        { class: 'row-of-buttons' },
        button('prepare', words.say('prepare'), () => act(() => this.#prepare(words))),
        button(
          'sign',
          words.say('signNow'),
          () => act(() => this.#sign(words, chosen)),
          this.prepared === undefined || chosen === undefined,
        ),
      ),
      html('div', { 'aria-live': 'polite' }, this.told),
    );
  }

  #opened({ target }) {
    this.isOpen = target.open;
  }

  #options(words) {
    if (this.keys.length === 0) return [html('option', { value: '' }, words.say('noKeys'))];
    return this.keys.map(({ name, kid }) =>
      html('option', { value: kid, selected: kid === this.typed.kid }, `${name} (${kid})`),
    );
  }

  #field(name, label, tag, children = [], onChange = null) {
    const id = `tool-${name}`;
    const properties = { id, rows: tag === 'textarea' ? (name === 'act' ? 14 : 3) : null };
    const field = html(tag, { ...properties, autocomplete: 'off', spellcheck: 'false' }, children);
    if (tag !== 'select') field.value = this.typed[name];
    field.addEventListener('input', () => {
      this.typed[name] = field.value;
      if (name !== 'name') this.prepared = undefined;
      onChange?.();
    });
    return html('div', { class: 'field' }, html('label', { for: id }, label), field);
  }

  async #make() {
    const { kid } = await this.ring.make(this.typed.name || 'OneBill');
    this.typed.kid = kid;
    await this.load();
  }

  async #prepare(words) {
    this.prepared = undefined;
    const draft = parse(utf8(this.typed.act));
    const details = parse(utf8(this.typed.details));
    demand(isObject(draft) && isObject(details), 'ACT_MALFORMED');
    const prepared = await prepare(draft, details);
    const { act } = prepared;
    const given = {
      actor: act.actor,
      reference: act.transportDocumentReference,
      act: words.act(act.actionCode),
      code: act.actionCode,
      recipient: 'recipient' in act ? words.say('signTo', { recipient: act.recipient }) : '',
      sequence: act.sequence,
      expiry: act.expiryDateTime,
    };
    this.prepared = prepared;
    this.told = [
      html('p', { id: 'preview' }, html('strong', {}, words.say('signPreview', given))),
      html('p', {}, `${words.say('signBytes')}: `, html('code', { id: 'bytes' }, prepared.bytes)),
    ];
  }

  async #sign(words, key) {
    const { act, details } = this.prepared;
    const signed = await sign(act, key);
    const given = JSON.stringify({ act: signed.token, details });
    this.prepared = undefined;
    this.told = [
      html('p', {}, `${words.say('signedToken')}: `, html('code', { id: 'signed' }, given)),
      html('p', {}, `${words.say('actHash')}: `, html('code', {}, await signed.hash())),
    ];
  }
}

function button(id, label, onclick, disabled = false) {
  return html('button', { type: 'button', id, onclick, disabled }, label);
}

