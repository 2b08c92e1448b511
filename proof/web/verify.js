// The second verifier as a command: node proof/web/verify.js BUNDLE ROOTS [en|zh]
// Prints the answer as JSON; exit 0 proven, 4 not proven, 2 usage.
import { readFile } from 'node:fs/promises';
import { answerJson } from './src/answer.js';
import { verifyWith } from './src/verifier.js';
import { LANGUAGES, Words } from './src/words.js';

const [bundle, roots, language = 'en', ...more] = process.argv.slice(2);
if (roots === undefined || !LANGUAGES.includes(language) || more.length > 0) {
  process.stderr.write('usage: node verify.js BUNDLE ROOTS [en|zh]\n');
  process.exit(2);
}
const answer = await verifyWith(await readFile(bundle), await readFile(roots), { now: Date.now() });
process.stdout.write(`${JSON.stringify(answerJson(answer, new Words(language)), null, 2)}\n`);
process.exitCode = answer.proven ? 0 : 4;
