/** Why somebody leaves; `other` may be said in words, and so may all the rest. */
export const EXIT_REASONS = ['too_many', 'not_relevant', 'never_signed_up', 'bought_elsewhere', 'other'] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** Longer words are cut: nobody who leaves is told that they have said too much. */
export const MOST_WORDS = 1000;

/** An answer to the question why somebody left. */
export interface ExitAnswer {
  reason: ExitReason;
  words: string | null;
}

/** Reads what was posted; words alone are an `other`. Undefined: nothing was said. */
export function readExitAnswer(body: unknown): ExitAnswer | undefined {
  const posted = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const words = readWords(posted['words']);
  const reason = EXIT_REASONS.find((known) => known === posted['reason']);
  if (reason) return { reason, words };
  return words === null ? undefined : { reason: 'other', words };
}

function readWords(said: unknown): string | null {
  if (typeof said !== 'string') return null;
  // What Postgres cannot store is left out, a sign that the cut goes through among it.
  const words = said
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .trim()
    .slice(0, MOST_WORDS)
    .replace(/\p{Surrogate}/gu, '');
  return words === '' ? null : words;
}
