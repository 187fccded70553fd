import { Resolver } from 'node:dns/promises';
import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module';
import { CustomersModule } from '../customers/customers.module';
import { EnrollmentsModule } from '../enrollments/enrollments.module';
import { IncentivesModule } from '../incentives/incentives.module';
import { MailModule } from '../platform/mail/mail.module';
import { SurveysModule } from '../surveys/surveys.module';
import { TemplatesModule } from '../templates/templates.module';
import { BounceBook } from './bounce-book';
import { LedgerCounts } from './data/ledger-counts';
import { MessagePersonalData } from './data/message-personal-data';
import { MessagesController } from './http/messages.controller';
import { SendingDomainsController } from './http/sending-domains.controller';
import { SendingPaceController } from './http/sending-pace.controller';
import { DomainHealthController } from './http/domain-health.controller';
import { SeedListController } from './http/seed-list.controller';
import { ViewController } from './http/view.controller';
import { AdvanceWork } from './jobs/advance.work';
import { Claims } from './jobs/claims';
import { ContactSettler } from './jobs/contact-settler';
import { DestinationWatch } from './jobs/destination-watch';
import { LedgerWriter } from './jobs/ledger-writer';
import { RefusalBook } from './jobs/refusal-book';
import { BatchComposer } from './jobs/batch-composer';
import { SendEngine } from './jobs/send-engine';
import { SendWork } from './jobs/send.work';
import { DNS_RESOLVER, DomainHealth } from './domain-health';
import { LinkTokens } from './link-tokens';
import { MailAssembly } from './mail-assembly';
import { MailComposer } from './mail-composer';
import { MailOffers } from './mail-offers';
import { MailSurveys } from './mail-surveys';
import { MessageDesk } from './message-desk';
import { MessageMarks } from './message-marks';
import { RestoredBackup } from './restored-backup';
import { ReturnPaths } from './return-path';
import { SeedLists } from './seed-list';
import { SendLedger } from './send-ledger';
import { SenderPauses } from './sender-pauses';
import { SendingPace } from './sending-pace';
import { SendingSwitch } from './sending-switch';

/** The send ledger: rendering, link tokens, SMTP, retries; the claim loop. */
@Module({
  imports: [
    CatalogModule,
    CustomersModule,
    EnrollmentsModule,
    IncentivesModule,
    MailModule,
    SurveysModule,
    TemplatesModule,
  ],
  controllers: [
    MessagesController,
    SendingDomainsController,
    SendingPaceController,
    DomainHealthController,
    SeedListController,
    ViewController,
  ],
  providers: [
    AdvanceWork,
    Claims,
    BounceBook,
    ContactSettler,
    DestinationWatch,
    LedgerCounts,
    LedgerWriter,
    DomainHealth,
    { provide: DNS_RESOLVER, useFactory: () => new Resolver({ timeout: 2_000, tries: 2 }) },
    LinkTokens,
    MailAssembly,
    MailComposer,
    MailOffers,
    MailSurveys,
    MessageDesk,
    MessageMarks,
    MessagePersonalData,
    RestoredBackup,
    RefusalBook,
    ReturnPaths,
    BatchComposer,
    SendEngine,
    SeedLists,
    SendLedger,
    SendWork,
    SenderPauses,
    SendingPace,
    SendingSwitch,
  ],
  exports: [BounceBook, LinkTokens, MessageMarks, SendLedger, ReturnPaths, SenderPauses],
})
export class MessagesModule {}
