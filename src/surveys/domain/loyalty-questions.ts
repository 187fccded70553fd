import { type LoyaltyItem } from '../surveys.types';

type Words = Readonly<Record<LoyaltyItem, string>>;

/** The questions of the loyalty index where the shop has no words of its own, by language. */
const LOYALTY_QUESTIONS: Readonly<Record<string, Words | undefined>> = {
  it: {
    recommend: 'Quanto è probabile che ci consigli a parenti o amici?',
    buyAgain: 'Quanto è probabile che compri ancora da noi?',
    tryOthers: 'Quanto è probabile che provi altri nostri prodotti?',
  },
  en: {
    recommend: 'How likely are you to recommend us to friends or family?',
    buyAgain: 'How likely are you to buy from us again?',
    tryOthers: 'How likely are you to try other products of ours?',
  },
};

/** Ours for a locale (`it-CH`: the Italian ones); undefined in languages that we have none in. */
export function loyaltyQuestions(locale: string): Words | undefined {
  return LOYALTY_QUESTIONS[locale.slice(0, 2).toLowerCase()];
}
