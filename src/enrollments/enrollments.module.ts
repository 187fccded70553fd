import { Module, type OnModuleInit } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { CustomersModule } from '../customers/customers.module';
import { Database } from '../platform/database/database';
import { ProgressCounters } from '../platform/jobs/progress-counters';
import { SegmentsModule } from '../segments/segments.module';
import { CampaignActions } from './campaign-actions';
import { Contacts } from './contacts';
import { CustomerEntries } from './customer-entries';
import { EnrollmentPersonalData } from './data/enrollment-personal-data';
import { EnrollmentDesk } from './enrollment-desk';
import { EnrollmentExplanations } from './enrollment-explanations';
import { Enrollments } from './enrollments.service';
import { CampaignActionsController } from './http/campaign-actions.controller';
import { EnrollmentsController } from './http/enrollments.controller';
import { EntriesWork } from './jobs/entries.work';
import { IntakesWork } from './jobs/intakes.work';
import { SegmentPages } from './segment-pages';

/** Who is where in which campaign: entry, the interpreter, due times, the contact ledger, explain. */
@Module({
  imports: [CampaignsModule, CustomersModule, SegmentsModule],
  controllers: [CampaignActionsController, EnrollmentsController],
  providers: [
    CampaignActions,
    Contacts,
    CustomerEntries,
    EnrollmentDesk,
    EnrollmentExplanations,
    EnrollmentPersonalData,
    Enrollments,
    EntriesWork,
    IntakesWork,
    SegmentPages,
  ],
  exports: [Contacts, EnrollmentExplanations, Enrollments],
})
export class EnrollmentsModule implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly counters: ProgressCounters,
  ) {}

  /** Who entered, and how many steps were run, for the answer of the test clock. */
  onModuleInit(): void {
    this.counters.register(async () => {
      const [row] = await this.database.query<{ entered: number; steps: number }>(
        'select count(*) as entered, coalesce(sum(position), 0) as steps from enrollments',
      );
      return { entered: row?.entered ?? 0, steps: row?.steps ?? 0 };
    });
  }
}
