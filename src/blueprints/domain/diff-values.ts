import { isDeepStrictEqual } from 'node:util';
import { commonItems } from '../align-lists';
import { type ValueChange } from '../blueprint.types';

/**
 * What leads from one JSON value to another, with paths such as `steps[1].for`. Items of lists are aligned first, so
 * that a step put in between is one addition; an item that changed is shown by its fields when it is still the same
 * thing (same `kind` and `key`), else as one removal and one addition. Paths of removals are those of the old value, all
 * others of the new one. Absent and undefined are the same.
 */
export function diffValues(before: unknown, after: unknown, path = ''): ValueChange[] {
  if (before === after || isDeepStrictEqual(before, after)) return [];
  if (before === undefined) return [{ path, kind: 'added', after }];
  if (after === undefined) return [{ path, kind: 'removed', before }];
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  return [{ path, kind: 'changed', before, after }];
}

function diffObjects(before: JsonObject, after: JsonObject, path: string): ValueChange[] {
  const fields = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return fields.flatMap((field) => diffValues(before[field], after[field], path === '' ? field : `${path}.${field}`));
}

function diffLists(before: readonly unknown[], after: readonly unknown[], path: string): ValueChange[] {
  if (![...before, ...after].some(isObject)) return [{ path, kind: 'changed', before, after }];
  const changes: ValueChange[] = [];
  for (const { before: old, after: now } of runsBetweenEqual(before, after)) {
    const count = Math.max(old.items.length, now.items.length);
    for (let i = 0; i < count; i++) {
      const oldPath = `${path}[${old.from + i}]`;
      const nowPath = `${path}[${now.from + i}]`;
      const [was, is] = [old.items[i], now.items[i]];
      if (was !== undefined && is !== undefined && sameThing(was, is)) changes.push(...diffValues(was, is, nowPath));
      else {
        if (was !== undefined) changes.push({ path: oldPath, kind: 'removed', before: was });
        if (is !== undefined) changes.push({ path: nowPath, kind: 'added', after: is });
      }
    }
  }
  return changes;
}

interface Run {
  from: number;
  items: readonly unknown[];
}

/** The stretches between the items that both lists have in common (longest common subsequence). */
function runsBetweenEqual(before: readonly unknown[], after: readonly unknown[]): Array<{ before: Run; after: Run }> {
  const runs: Array<{ before: Run; after: Run }> = [];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...commonItems(before, after), [before.length, after.length] as const]) {
    if (nextI > i || nextJ > j) {
      runs.push({
        before: { from: i, items: before.slice(i, nextI) },
        after: { from: j, items: after.slice(j, nextJ) },
      });
    }
    [i, j] = [nextI + 1, nextJ + 1];
  }
  return runs;
}

/** Whether two items are one thing that changed rather than two things. */
function sameThing(before: unknown, after: unknown): boolean {
  if (!isObject(before) || !isObject(after)) return false;
  const identity = (value: JsonObject): unknown => [value.kind, value.key, value.name];
  return isDeepStrictEqual(identity(before), identity(after));
}

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
