import { type BounceClass, type BounceFinding } from '../../messages/bounce-mail';
import { type ProviderEvent } from './provider-events';

/**
 * What a provider's event means. The receiving server's own words are closer to the truth than the provider's one word
 * for it; where they say nothing the provider is believed. What the provider calls transient is never for ever.
 */
export function judgeProvider(
  kind: ProviderEvent['kind'],
  said: Pick<BounceFinding, 'class' | 'reason' | 'said'>,
): { class: BounceClass; reason: string | null } {
  switch (kind) {
    case 'complaint':
      return { class: 'complaint', reason: said.said === '' ? 'abuse' : said.said.slice(0, 60) };
    case 'transient':
      return said.class === 'hard'
        ? { class: 'soft', reason: said.reason }
        : { class: said.class, reason: said.reason };
    case 'permanent':
      return said.class === 'soft' && said.reason === 'undetermined'
        ? { class: 'hard', reason: 'user_unknown' }
        : { class: said.class, reason: said.reason };
    default:
      return kind satisfies never;
  }
}
