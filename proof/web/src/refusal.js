// The one error of the verifier: what was shown does not prove what it says.

/** A reason of proof/vectors/reasons.json, and a sentence for who wants to know more. */
export class NotProven extends Error {
  constructor(reason, detail = '') {
    super(detail ? `${reason}: ${detail}` : reason);
    this.reason = reason;
    this.detail = detail;
  }
}

/** Refuse with `reason`. */
export function refuse(reason, detail = '') {
  throw new NotProven(reason, detail);
}

/** Refuse with `reason` unless `holds`. */
export function demand(holds, reason, detail = '') {
  if (!holds) refuse(reason, detail);
}

/** What `work` returns, its refusals given `reason` instead of their own. */
export function under(reason, work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof NotProven ? new NotProven(reason, error.detail) : error;
  }
}

/** As `under`, of work that takes its time. */
export async function underLater(reason, work) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof NotProven ? new NotProven(reason, error.detail) : error;
  }
}
