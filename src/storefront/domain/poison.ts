/** SQLSTATE classes that tell of a value which Postgres cannot take: it will not take it next time either. */
const OF_THE_VALUE = new Set(['22', '23', '21', '54']);

/**
 * What an error says about the batch in which it was thrown. `value`: something in it cannot be worked off, trying again
 * is useless and the culprit must be found. `moment`: the database is away, a deadlock, a time-out; it passes by itself.
 * `unknown`: an error without a code, which may be either.
 */
export function blameOf(sqlState: string, error: unknown): 'value' | 'moment' | 'unknown' {
  if (sqlState !== '') return OF_THE_VALUE.has(sqlState.slice(0, 2)) ? 'value' : 'moment';
  const isOurs = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  return isOurs ? 'value' : 'unknown';
}
