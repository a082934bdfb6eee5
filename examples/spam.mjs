// Which of 6,046 e-mails are there more than once, and which words tell spam from ham?
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dataset } from 'sheaf';
import { spamAssassin } from './spam-assassin.mjs';

const folder = spamAssassin();

/** What is behind the headers, with white space made alike. */
function bodyOf({ text }) {
  return text.slice(text.indexOf('\n\n')).replace(/\s+/g, ' ').trim();
}

/** The different words of a text. */
function tokensOf(text) {
  return new Set(text.toLowerCase().match(/[a-z]{3,}/g) ?? []);
}

const classOf = ({ group }) => (group.startsWith('spam') ? 'spam' : 'ham');

const mails = Dataset.json(join(folder, '*/*.json')).cache();

// E-mails with one body, whatever their headers: a body is the key, as it is.
const duplicates = await mails
  .map((mail) => [bodyOf(mail), `${mail.group}/${mail.id}`])
  .groupByKey()
  .filter(([, ids]) => ids.length > 1)
  .values()
  .collect();
const surplus = duplicates.reduce((sum, ids) => sum + ids.length - 1, 0);
console.log(`${duplicates.length} bodies are there more than once; ${surplus} e-mails are copies.`);

// In how many e-mails of each class is each word? Of the words that many have, those that are most one-sided.
const sizes = new Map(await mails.map(classOf).countByValue());
const tokens = mails
  .flatMap((mail) => [...tokensOf(bodyOf(mail))].map((token) => [token, classOf(mail) === 'spam' ? [0, 1] : [1, 0]]))
  .reduceByKey(([ham, spam], [moreHam, moreSpam]) => [ham + moreHam, spam + moreSpam]);
const [hams, spams] = [sizes.get('ham'), sizes.get('spam')];
const spamminess = ([, [ham, spam]]) => Math.log((spam + 0.5) / (spams + 1)) - Math.log((ham + 0.5) / (hams + 1));
const common = tokens.filter(([, [ham, spam]]) => ham + spam >= 300);
const most = await common.top(6, spamminess);
const least = await common.top(6, (row) => -spamminess(row));
console.log(`Of ${hams} ham and ${spams} spam: spam says ${wordsOf(most)}; ham says ${wordsOf(least)}.`);

function wordsOf(rows) {
  return rows.map(([word]) => word).join(', ');
}

// The same by hand.
const all = readdirSync(folder, { recursive: true })
  .filter((name) => /[/\\].*\.json$/.test(name))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const byBody = new Map();
const byToken = new Map();
for (const mail of all) {
  const body = bodyOf(mail);
  byBody.set(body, [...(byBody.get(body) ?? []), `${mail.group}/${mail.id}`]);
  for (const token of tokensOf(body)) {
    const [ham, spam] = byToken.get(token) ?? [0, 0];
    byToken.set(token, classOf(mail) === 'spam' ? [ham, spam + 1] : [ham + 1, spam]);
  }
}
assert.equal(await mails.count(), all.length);
assert.deepEqual(duplicates.sort(), [...byBody.values()].filter((ids) => ids.length > 1).sort());
assert.deepEqual(new Map(await tokens.collect()), byToken);
console.log('Every list and every count is that of a plain loop.');
