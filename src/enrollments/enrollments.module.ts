import { Module, type OnModuleInit } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { CatalogModule } from '../catalog/catalog.module';
import { CampaignPrograms } from '../campaigns/campaign-programs';
import { CustomersModule } from '../customers/customers.module';
import { EventListeners } from '../customers/event-listeners';
import { Database } from '../platform/database/database';
import { IncentivesModule } from '../incentives/incentives.module';
import { ProgressCounters } from '../platform/jobs/progress-counters';
import { SegmentsModule } from '../segments/segments.module';
import { Announcements } from './announcements';
import { CampaignActions } from './campaign-actions';
import { CampaignAudience } from './campaign-audience';
import { CampaignOccurrences } from './campaign-occurrences';
import { ContactDesks } from './contact-desks';
import { ContactPolicies } from './contact-policies';
import { Contacts } from './contacts';
import { CustomerEntries } from './customer-entries';
import { couldAct } from './domain/match-events';
import { EnrollmentPersonalData } from './data/enrollment-personal-data';
import { WebhookPersonalData } from './data/webhook-personal-data';
import { EngineClaim } from './engine-claim';
import { EngineFacts } from './engine-facts';
import { EnrollmentDesk } from './enrollment-desk';
import { EnrollmentExplanations } from './enrollment-explanations';
import { Enrollments } from './enrollments.service';
import { ExpectedEntries } from './expected-entries';
import { Exposures } from './exposures';
import { AudienceController } from './http/audience.controller';
import { CampaignActionsController } from './http/campaign-actions.controller';
import { ContactPolicyController } from './http/contact-policy.controller';
import { GlobalHoldoutController } from './http/global-holdout.controller';
import { EnrollmentsController } from './http/enrollments.controller';
import { OccurrencesController } from './http/occurrences.controller';
import { StepWebhooksController, WebhookSigningController } from './http/webhooks.controller';
import { GlobalHoldouts } from './global-holdouts';
import { HoldoutRotationWork } from './jobs/holdout-rotation.work';
import { InFlightMoves } from './in-flight-moves';
import { EntriesWork } from './jobs/entries.work';
import { IntakesWork } from './jobs/intakes.work';
import { OccurrencesWork } from './jobs/occurrences.work';
import { StepWebhooksWork } from './jobs/step-webhooks.work';
import { ForecastTravellers } from './forecast-travellers';
import { OccurrenceMembers } from './occurrence-members';
import { LateContacts } from './late-contacts';
import { SegmentPages } from './segment-pages';
import { SendForecast } from './send-forecast';
import { StepCoupons } from './step-coupons';
import { StepEffects } from './step-effects';
import { StepWebhooks } from './step-webhooks';
import { WebhookLog } from './webhook-log';

/** Who is where in which campaign: entry, the interpreter, due times, the contact ledger, explain. */
@Module({
  imports: [CampaignsModule, CatalogModule, CustomersModule, IncentivesModule, SegmentsModule],
  controllers: [
    AudienceController,
    CampaignActionsController,
    ContactPolicyController,
    EnrollmentsController,
    GlobalHoldoutController,
    OccurrencesController,
    StepWebhooksController,
    WebhookSigningController,
  ],
  providers: [
    Announcements,
    CampaignActions,
    CampaignAudience,
    CampaignOccurrences,
    ContactDesks,
    ContactPolicies,
    Contacts,
    CustomerEntries,
    EngineClaim,
    EngineFacts,
    EnrollmentDesk,
    EnrollmentExplanations,
    EnrollmentPersonalData,
    Enrollments,
    EntriesWork,
    InFlightMoves,
    ExpectedEntries,
    Exposures,
    ForecastTravellers,
    GlobalHoldouts,
    HoldoutRotationWork,
    IntakesWork,
    LateContacts,
    OccurrenceMembers,
    OccurrencesWork,
    SegmentPages,
    SendForecast,
    StepCoupons,
    StepEffects,
    StepWebhooks,
    StepWebhooksWork,
    WebhookLog,
    WebhookPersonalData,
  ],
  exports: [
    Announcements,
    CampaignActions,
    CampaignAudience,
    ContactPolicies,
    Contacts,
    CustomerEntries,
    EnrollmentExplanations,
    Enrollments,
    Exposures,
    GlobalHoldouts,
    LateContacts,
    SendForecast,
  ],
})
export class EnrollmentsModule implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly counters: ProgressCounters,
    private readonly listeners: EventListeners,
    private readonly programs: CampaignPrograms,
  ) {}

  /**
   * Tells the log of customers what campaigns can act on; and, for the answer of the test clock, who entered and how many
   * steps were run.
   */
  onModuleInit(): void {
    this.listeners.register(async (db) => {
      const listening = await this.programs.listening(db);
      return ({ type, properties = {} }) => couldAct(listening, { type, properties });
    });
    this.counters.register(async () => {
      const [row] = await this.database.query<{ entered: number; steps: number }>(
        'select count(*) as entered, coalesce(sum(position), 0) as steps from enrollments',
      );
      return { entered: row?.entered ?? 0, steps: row?.steps ?? 0 };
    });
  }
}
