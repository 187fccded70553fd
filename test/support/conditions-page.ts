import { type FactField, type FactHappening, type FactType } from '../../src/customers/facts';
import { type Catalogue } from '../../src/segments/domain/catalogue';
import { OPERATOR_MEANING, OPERATORS, OPERATORS_OF } from '../../src/segments/domain/operators';
import { LIMITS } from '../../src/segments/domain/parse-condition';
import { BUILT_IN_SEGMENTS } from '../../src/segments/segments.types';

const KIND: Readonly<Record<FactType, string>> = {
  text: 'text',
  choice: 'one of a list',
  number: 'number',
  money: 'amount',
  instant: 'instant',
  list: 'list of texts',
  json: 'whatever the shop gave',
};

const VALUE: Readonly<Record<FactType, string>> = {
  text: 'a text; case counts (an address is compared in lower case)',
  choice: 'one of the values listed',
  number: 'a number',
  money: 'a decimal text (`"49.90"`) or a number, in the store’s currency',
  instant: '`2026-03-01T08:00:00Z`, or a day `2026-03-01`: its beginning in the store’s zone',
  list: 'a text; `eq` and `in` ask for one element, `neq` and `notIn` for none',
  json: 'a text, a number, true or false',
};

const code = (text: string): string => `\`${text}\``;
const codes = (texts: readonly string[]): string => texts.map(code).join(', ');

function fieldLine({ name, type, about, choices, windowed }: FactField): string {
  const kind = choices ? `${KIND[type]}: ${codes(choices)}` : KIND[type];
  return `| ${code(name)} | ${kind} | ${windowed ? 'yes' : ''} | ${about} |`;
}

function happeningPart({ name, form, about }: FactHappening): string {
  return `**${code(name)}**: ${code(form)}\n\n${about}`;
}

/** `docs/conditions.md`, from the catalogue that validates, compiles and evaluates conditions. */
export function conditionsPage({ fields, happenings }: Catalogue): string {
  const types = [...new Set(fields.map(({ type }) => type))];
  return `<!-- Generated from the catalogue of fields. Do not edit: run UPDATE_DOCS=1 npx jest --selectProjects unit -- conditions-page -->

# Conditions

A condition says whom something is meant for. It is the same in segments, in the audience of a campaign, in its branches and exits, and in the contact policy. It is checked when it is saved: every fault is told at once, in a 422 that names the path of each, such as \`condition.all[1].value\`.

\`\`\`
{ "all": [c, ...] }        every one of them holds; an empty list means everyone
{ "any": [c, ...] }        at least one holds
{ "not": c }               it does not hold
{ "segment": "vip" }       the person is in that segment (key or id)
{ "field": "orders.count", "op": "gte", "value": 2, "within": "P90D" }
{ "bought": { "category": "coffee" }, "within": "P30D", "atLeast": 2 }
{ "event": "page.viewed", "where": { "path": "/sale" }, "within": "P7D" }
{ "message": "clicked", "campaign": "welcome", "step": "hello" }
{ "survey": "nps", "score": { "op": "lte", "value": 6 }, "within": "P30D" }
\`\`\`

## Fields

| field | kind | \`within\` | |
| --- | --- | --- | --- |
${fields.map(fieldLine).join('\n')}

Counting orders are paid, neither cancelled nor fully refunded. The fields \`predicted.*\` are worked out at night, from the first night on which a condition asks for them (and once at that moment); their past is known from then on.

## Happenings

${happenings.map(happeningPart).join('\n\n')}

A condition on happenings holds when at least \`atLeast\` of them (1, if nothing is said, and 10,000 at most) lie in the window \`within\`, both its ends included, or at any time up to now without one. What lies in the future has not happened yet.

## Operators

| operator | holds when the field |
| --- | --- |
${OPERATORS.map((op) => `| ${code(op)} | ${OPERATOR_MEANING[op]} |`).join('\n')}

| kind | takes | value |
| --- | --- | --- |
${types.map((type) => `| ${KIND[type]} | ${codes(OPERATORS_OF[type])} | ${VALUE[type]} |`).join('\n')}

**Missing values.** A missing value fails every operator but \`exists\` with \`false\`, \`neq\`, \`notIn\` and \`notWithinLast\`. \`not\` turns the answer round: \`{ "not": { "field": "locale", "op": "eq", "value": "it" } }\` holds for those without a locale. An empty list is a missing value.

**Windows.** \`within\` computes a field over the orders placed in the window that ends now, its beginning included; without it, over all. In windows and in \`withinLast\` a day is 24 hours; years and months are taken from the store’s calendar, the same for all customers. On the test clock "now" is its position.

**The past.** A simulation, and whatever else asks about a past instant, reads every fact as of that instant: what is known today and whose own time is not later. That time is \`placedAt\` of an order, \`at\` of a refund, the version (\`updatedAt\`, else \`occurredAt\`) of a cancellation and of what the shop said about a customer, the moment of an unsubscribe until its lifting became known. An order that had counted counts until it was cancelled; of one that was paid again after that, the last word holds all along. \`createdAt\` is the one known now; the stage is that of the orders and the threshold of that day. Who was merged into another has one past with it, and of an erased person none is left.

**Attributes.** A text that is written as a plain decimal (\`"42"\`, \`"42.50"\`) also counts as a number, and \`"true"\` and \`"false"\` as truth values, because files know only texts. \`before\`, \`after\` and \`withinLast\` read texts that are written as an instant or a day; other texts are no instants. A list is compared element by element. The name is everything after \`attributes.\`, dots included.

**Money.** Amounts are net of refunds. An order in another currency counts, and its amount only if the shop gave it in the store’s.

**Bounds.** A condition that goes beyond them is refused, not executed. At most ${LIMITS.depth} levels, ${LIMITS.parts} parts, ${LIMITS.values.toLocaleString('en')} values in a list and ${LIMITS.text.toLocaleString('en')} characters in a text. A list counts for one more part by each 100 values. Segments may refer to segments, never in a circle; with all of them written out a condition has 2,000 parts at most.

## Built-in segments

${codes(BUILT_IN_SEGMENTS)}: the four stages, those whose consent is in force, and the unengaged: at least ten mails of campaigns were sent to them, and for 180 days they have neither clicked in one nor ordered nor done anything on the site (the events \`*\`). They cannot be changed. A segment that another segment or an active campaign refers to cannot be deleted.
`;
}
