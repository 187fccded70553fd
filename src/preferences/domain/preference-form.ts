import { type Frequency, FREQUENCIES } from '../../customers/wishes';
import { type Fault } from '../../kernel/errors';

export const ACTIONS = ['mails', 'pause', 'resume', 'language', 'tracking', 'unsubscribe', 'export', 'erase'] as const;
export type Action = (typeof ACTIONS)[number];

/** One of the forms of the preference page, as it was posted. */
export interface PreferenceForm {
  action: Action;
  /** Keys of the topics that are ticked. */
  topics: string[];
  frequency: Frequency | null;
  locale: string | undefined;
  tracking: { opens: boolean; clicks: boolean };
  /** The second step of what cannot be undone. */
  confirmed: boolean;
}

/** Reads what was posted; what other forms of the page hold is not looked at. */
export function readPreferenceForm(
  body: unknown,
  locales: readonly string[],
): { form: PreferenceForm; faults: Fault[] } {
  const faults: Fault[] = [];
  const posted: Record<string, unknown> =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
  const one = <T extends string>(field: string, values: readonly T[], needed: boolean): T | undefined => {
    const value = posted[field];
    const found = values.find((known) => known === value);
    if (found === undefined && (needed || (value !== undefined && value !== '')))
      faults.push({ path: field, message: `must be one of ${values.join(', ')}` });
    return found;
  };
  const action = one('action', ACTIONS, true) ?? 'mails';
  const frequency = action === 'mails' ? one('frequency', Object.keys(FREQUENCIES) as Frequency[], false) : undefined;
  const locale = action === 'language' ? one('locale', locales, true) : undefined;
  const topics = [posted['topic'] ?? []].flat().filter((key) => typeof key === 'string');
  const isTicked = (field: string): boolean => posted[field] === 'yes';
  return {
    form: {
      ...{ action, topics, frequency: frequency ?? null, locale },
      tracking: { opens: isTicked('opens'), clicks: isTicked('clicks') },
      confirmed: isTicked('confirm'),
    },
    faults,
  };
}
