import { commonItems } from '../../blueprints/align-lists';
import { harmless, type Paint } from './paint';

/** More changed lines than this are only counted. */
const SHOWN_LINES = 60;

/** What changes in a text of many lines: the lines that go and come, each with its number in its own text. */
export function showTextChange(before: string, after: string, paint: Paint): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const lines: string[] = [];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...commonItems(old, now), [old.length, now.length] as const]) {
    for (; i < nextI; i++) lines.push(paint('red', `${String(i + 1).padStart(4)} - ${harmless(old[i] ?? '')}`));
    for (; j < nextJ; j++) lines.push(paint('green', `${String(j + 1).padStart(4)} + ${harmless(now[j] ?? '')}`));
    [i, j] = [nextI + 1, nextJ + 1];
  }
  if (lines.length <= SHOWN_LINES) return lines;
  return [...lines.slice(0, SHOWN_LINES), `... and ${lines.length - SHOWN_LINES} more lines that change`];
}
