import { UNENGAGED } from '../../segments/segments.types';
import { type ContactPolicy, type Hold, type Sunset } from './contact-policy';

/** Of whom the sunset is true, as a condition. */
export const SILENT_WHEN = { segment: UNENGAGED };

/** The condition under which a campaign's marketing mails are held back from a person; null: under none. */
export function holdOn(
  { holdMarketingWhen, sunset }: ContactPolicy,
  campaignId: string,
): Record<string, unknown> | null {
  const isSilent = sunset !== null && sunset.campaignId !== campaignId;
  if (holdMarketingWhen === null) return isSilent ? SILENT_WHEN : null;
  return isSilent ? { any: [holdMarketingWhen, SILENT_WHEN] } : holdMarketingWhen;
}

/** That somebody is unengaged, as a hold; in `explain` it says so by the segment. */
export function silence({ campaignId }: Sunset, { holds, values }: Hold): Hold {
  return { holds, values: { ...SILENT_WHEN, ...values }, silenceBut: campaignId };
}
