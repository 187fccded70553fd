import {
  type BlueprintPlan,
  type ConcernedPeople,
  type PlanAction,
  type PlanItem,
  type ValueChange,
} from '../../blueprints/blueprint.types';
import { harmless, type Paint } from './paint';
import { showTextChange } from './show-text-change';

/** A value longer than this is cut: the whole of it stands in the file. */
const VALUE_CHARS = 160;
const SIGNS: Record<PlanAction, string> = {
  create: '+',
  update: '~',
  unchanged: ' ',
  missing: ' ',
  delete: '-',
  archive: '-',
};
const SUMMARY: ReadonlyArray<[PlanAction, string]> = [
  ['create', 'new'],
  ['update', 'changed'],
  ['archive', 'archived'],
  ['delete', 'deleted'],
  ['unchanged', 'unchanged'],
  ['missing', 'not in the files'],
];

/** A plan (or what was applied) as a person reads it: one line a thing, its fields below, what stays as it is at the end. */
export function showPlan(plan: BlueprintPlan, paint: Paint): string {
  const changed = plan.items.filter(({ action }) => action !== 'unchanged' && action !== 'missing');
  const missing = plan.items.filter(({ action }) => action === 'missing');
  const blocks = [
    ...changed.map((item) => showItem(item, paint).join('\n')),
    ...(missing.length > 0 ? [missing.map((item) => showMissing(item, paint)).join('\n')] : []),
    summaryOf(plan),
  ];
  return `${spaced(blocks)}\n`;
}

/** A list of single lines is one block; what has lines of its own stands apart. */
function spaced(blocks: readonly string[]): string {
  return blocks.reduce((text, block, n) => {
    const before = blocks[n - 1] ?? '';
    const close = n < blocks.length - 1 && !before.includes('\n') && !block.includes('\n');
    return `${text}${close ? '\n' : '\n\n'}${block}`;
  });
}

/** `1 new, 2 changed, 12 unchanged`. */
export function summaryOf({ changes, summary }: BlueprintPlan): string {
  const counts = SUMMARY.filter(([action]) => summary[action] > 0).map(
    ([action, word]) => `${summary[action]} ${word}`,
  );
  const told = counts.join(', ') || 'nothing in the files';
  return changes ? `${told}.` : `No changes: ${told}.`;
}

function showItem(item: PlanItem, paint: Paint): string[] {
  const { kind, key, action, version, epoch, status, changes, warnings, usedBy } = item;
  const head = `${SIGNS[action]} ${kind} ${key}`;
  const facts = [
    ...(action === 'delete' ? ['is deleted'] : []),
    ...(status ? [status.before === null ? `is made ${status.after}` : `${status.before} -> ${status.after}`] : []),
    ...(version && version.before !== null ? [`version ${version.before} -> ${version.after}`] : []),
    ...(epoch ? [`a new epoch, ${epoch.after}: the holdout changes`] : []),
    ...(action === 'create' && kind === 'campaign' && !status ? ['is made as a draft'] : []),
    ...(usedBy ? [`named by ${usedBy.join(', ')}`] : []),
  ];
  return [
    paint(COLOURS[action], head) + (facts.length > 0 ? `  ${facts.join('; ')}` : ''),
    ...showPeople(item).map((line) => `    ${line}`),
    ...changes.flatMap((change) => showChange(change, paint)),
    ...warnings.map(({ path, message }) =>
      paint('yellow', `    ! ${harmless(path === '' ? message : `${path}: ${message}`)}`),
    ),
  ];
}

const COLOURS: Record<PlanAction, Parameters<Paint>[0]> = {
  create: 'green',
  update: 'yellow',
  unchanged: 'dim',
  missing: 'dim',
  delete: 'red',
  archive: 'red',
};

function showPeople({ kind, action, people, version }: PlanItem): string[] {
  if (!people) return [];
  const { inFlight = [], matched, mailable, matchedBefore } = people;
  const lines: string[] = [];
  if (matched !== undefined) lines.push(counted(kind, { matched, mailable, matchedBefore }));
  const total = inFlight.reduce((sum, { customers }) => sum + customers, 0);
  if (total === 0) return lines;
  const ends = action === 'archive' || action === 'delete';
  if (kind === 'template' || kind === 'survey') {
    const campaigns = [...new Set(inFlight.map(({ campaign }) => campaign))];
    lines.push(`${number(total)} in flight in ${campaigns.join(', ')} get this version in their next mails`);
  } else if (ends) lines.push(`${customersIn(total)} in flight ${total === 1 ? 'ends' : 'end'} with it`);
  else if (version) {
    for (const { version: own, customers } of inFlight) {
      lines.push(`${customersIn(customers)} in flight ${customers === 1 ? 'stays' : 'stay'} on version ${own}`);
    }
  } else lines.push(`${customersIn(total)} in flight`);
  return lines;
}

function counted(kind: PlanItem['kind'], { matched = 0, mailable = 0, matchedBefore }: ConcernedPeople): string {
  const before = matchedBefore === undefined || matchedBefore === matched ? '' : `${number(matchedBefore)} -> `;
  const whom = kind === 'segment' ? 'members' : 'audience';
  return `${whom}: ${before}${customersIn(matched)}, ${number(mailable)} of them mailable`;
}

function showChange(change: ValueChange, paint: Paint): string[] {
  const { path } = change;
  switch (change.kind) {
    case 'added':
      return [paint('green', `    + ${path}: ${shown(change.after)}`)];
    case 'removed':
      return [paint('red', `    - ${path}: ${shown(change.before)}`)];
    case 'changed': {
      const { before, after } = change;
      if (typeof before === 'string' && typeof after === 'string' && `${before}${after}`.includes('\n')) {
        return [`    ~ ${path}:`, ...showTextChange(before, after, paint).map((line) => `        ${line}`)];
      }
      return [`    ~ ${path}: ${paint('red', shown(before))} -> ${paint('green', shown(after))}`];
    }
    default:
      return change satisfies never;
  }
}

function showMissing({ kind, key, kept }: PlanItem, paint: Paint): string {
  const told = kept === undefined ? 'is not in the files and stays' : `is not in the files and is kept: ${kept}`;
  return `${paint('dim', `  ${kind} ${key}`)} ${told}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= VALUE_CHARS ? text : `${text.slice(0, VALUE_CHARS)}...`;
}

function customersIn(count: number): string {
  return `${number(count)} ${count === 1 ? 'customer' : 'customers'}`;
}

function number(count: number): string {
  return count.toLocaleString('en');
}
