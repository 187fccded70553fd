import { Module } from '@nestjs/common';
import { Consent } from './consent';
import { CustomerEvents } from './customer-events';
import { CustomerFacts } from './customer-facts';
import { CustomerIngest } from './customer-ingest';
import { CustomerTags } from './customer-tags';
import { CustomerPersonalData } from './data/customer-personal-data';
import { EventListeners } from './event-listeners';
import { FactChanges } from './fact-changes';
import { FactSources } from './fact-source';
import { SuppressionsController } from './http/suppressions.controller';
import { IdentityHash } from './identity-hash';
import { Mailability } from './mailability';
import { PersonalDataOwners } from './personal-data';
import { Suppressions } from './suppressions';
import { TopicUses } from './topic-use';
import { TopicsController } from './http/topics.controller';
import { Topics } from './topics';
import { ConsentRequests } from './consent-requests';
import { ConsentSettings } from './consent-settings';
import { ConsentSettingsController } from './http/consent-settings.controller';
import { OffByDefault } from './off-by-default';
import { PersonalWishes } from './personal-wishes';
import { TicketFacts } from './ticket-facts';

/** Who a person is: identity, attributes, zone, consent, suppression, custom events, and the history of all these. */
@Module({
  controllers: [ConsentSettingsController, SuppressionsController, TopicsController],
  providers: [
    Consent,
    ConsentRequests,
    ConsentSettings,
    CustomerEvents,
    CustomerFacts,
    CustomerIngest,
    CustomerPersonalData,
    CustomerTags,
    EventListeners,
    FactChanges,
    FactSources,
    IdentityHash,
    Mailability,
    PersonalDataOwners,
    OffByDefault,
    PersonalWishes,
    Suppressions,
    TicketFacts,
    TopicUses,
    Topics,
  ],
  exports: [
    Consent,
    ConsentRequests,
    ConsentSettings,
    CustomerEvents,
    CustomerIngest,
    CustomerTags,
    EventListeners,
    FactChanges,
    FactSources,
    IdentityHash,
    Mailability,
    OffByDefault,
    PersonalDataOwners,
    PersonalWishes,
    Suppressions,
    TopicUses,
    Topics,
  ],
})
export class CustomersModule {}
