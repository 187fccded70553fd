import { CustomerFacts } from '../../src/customers/customer-facts';
import { FactSources } from '../../src/customers/fact-source';
import { TicketFacts } from '../../src/customers/ticket-facts';
import { LoyaltyFacts } from '../../src/incentives/loyalty-facts';
import { OrderFacts } from '../../src/orders/order-facts';
import { PredictionFacts } from '../../src/predictions/prediction-facts';
import { AnswerFacts } from '../../src/responses/answer-facts';
import { Catalogue } from '../../src/segments/domain/catalogue';
import { StageFactSource } from '../../src/segments/stage-fact-source';
import { EngagementFacts } from '../../src/tracking/engagement-facts';

/** The store of the tests. */
export const TEST_STORE = { currency: 'EUR', timezone: 'Europe/Rome' } as const;

/** All sources of facts, registered as the modules register them. */
export function testSources(store: { timezone: string } = TEST_STORE): FactSources {
  const sources = new FactSources();
  new CustomerFacts(sources).onModuleInit();
  new TicketFacts(sources).onModuleInit();
  new OrderFacts(sources).onModuleInit();
  new LoyaltyFacts(sources).onModuleInit();
  new PredictionFacts(sources, { want: () => Promise.resolve() } as never).onModuleInit();
  new StageFactSource(sources, { store } as never).onModuleInit();
  new EngagementFacts(sources).onModuleInit();
  new AnswerFacts(sources).onModuleInit();
  return sources;
}

/** The catalogue of the fields that exist. */
export function testCatalogue(): Catalogue {
  const sources = testSources().all();
  return new Catalogue(
    sources.flatMap((source) => source.fields),
    sources.flatMap((source) => source.happenings ?? []),
  );
}
