// The table of moves, the same that the contract and the first verifier read.
import law from '../../spec/law.json' with { type: 'json' };

export const LAW = law;
