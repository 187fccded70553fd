import { type AdvanceFacts } from '../../src/enrollments/domain/advance';

/** Somebody in Rome who may be mailed, of whom nothing else is known: no condition holds and nothing stands in the way. */
export function givenFacts(change: Partial<AdvanceFacts> = {}): AdvanceFacts {
  return {
    mail: { email: 'a@b.test', consentStatus: 'subscribed', suppressed: null, erased: false, hasBought: false },
    zone: 'Europe/Rome',
    goalAt: null,
    holds: () => ({ holds: false, values: {} }),
    eventAt: () => null,
    splitDraw: () => 0,
    contact: () => ({ action: 'go' }),
    ...change,
  };
}
