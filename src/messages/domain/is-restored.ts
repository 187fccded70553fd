/** What is remembered outside the database: of which one, and how far it had come. */
export interface RememberedMark {
  instance: string;
  mark: number;
}

/**
 * Why the database seems to be a restored backup or a copy, undefined when it does not.
 *
 * - `older`: it has come less far than is remembered here of this very database: mails may have gone out that it does not
 *   know of.
 * - `moved`: it lies on another server, or is another database there, than when it last sent: it was dumped and loaded, or
 *   copied, and the other one may be sending too.
 *
 * What is remembered of another database says nothing: the data directory was used before.
 */
export function whyRestored(
  stored: { instance: string; mark: number; place: string | null; here: string },
  remembered: RememberedMark | undefined,
): 'older' | 'moved' | undefined {
  if (remembered?.instance === stored.instance && stored.mark < remembered.mark) return 'older';
  return stored.place !== null && stored.place !== stored.here ? 'moved' : undefined;
}
