// The form of a bundle (bundle.md, section 1): one JSON file in its canonical spelling.
import { isObject, parseCanonical } from './canonical.js';
import { unb64u } from './bytes.js';
import {
  arrayOf, hasMembers, isBillReference, isChannel, isHash, isNonce, isParty, isText,
  isThirtyTwoBytes, isTime, objectOf,
} from './forms.js';
import { demand, under } from './refusal.js';

const LARGEST = 16 * 1024 * 1024;
const MALFORMED = 'BUNDLE_MALFORMED';

const isMany = (form) => (value) => Array.isArray(value) && value.every(form);
const isSize = (value) => Number.isSafeInteger(value);
const isTransaction = (value) => {
  if (!isText(value)) return false;
  unb64u(value);
  return true;
};

const FORM = {
  bundleVersion: (value) => value === 1,
  channel: isChannel,
  chaincode: isText,
  transportDocumentReference: isBillReference,
  attachments: arrayOf(
    objectOf({ name: isText, mediaType: isText, size: isSize, documentChecksum: isHash }),
    0,
    Infinity,
  ),
  parties: isMany(objectOf({ party: isParty, transaction: isTransaction })),
  acts: (value) =>
    value.length > 0 &&
    isMany(
      objectOf(
        { act: isText, transaction: isTransaction },
        { details: objectOf({ salt: isThirtyTwoBytes, details: isObject }) },
      ),
    )(value),
  attestation: objectOf({ asOf: isTime, nonce: isNonce, transaction: isTransaction }),
};
const OPTIONAL = {
  document: objectOf({ salt: isThirtyTwoBytes, transportDocument: isObject }),
  certificate: objectOf({ salt: isThirtyTwoBytes, certificateOfInsurance: isObject }),
};

/** The members of a bundle; else BUNDLE_TOO_LARGE or BUNDLE_MALFORMED. Nothing is believed yet. */
export function readBundle(bytes) {
  demand(bytes.length <= LARGEST, 'BUNDLE_TOO_LARGE');
  const bundle = under(MALFORMED, () => parseCanonical(bytes));
  demand(under(MALFORMED, () => hasMembers(bundle, FORM, OPTIONAL)), MALFORMED);
  return bundle;
}
