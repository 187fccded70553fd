/** SQLSTATE classes of a value that the database does not take, and of a rule that it breaks. */
const VALUE_OR_RULE = /^(2[123]|54)/;

/**
 * Whether a mail itself is what could not be worked off (a value that the database refuses, a reader that stumbles over
 * it), so that the next try would fail likewise. A database that is away is not. `code` is the error's, or empty.
 */
export function isMailsFault(error: unknown, code: string): boolean {
  const isReaders = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  return isReaders || VALUE_OR_RULE.test(code);
}
