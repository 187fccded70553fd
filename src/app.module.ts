import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module';
import { AttributionModule } from './attribution/attribution.module';
import { BlueprintsModule } from './blueprints/blueprints.module';
import { BouncesModule } from './bounces/bounces.module';
import { CampaignsModule } from './campaigns/campaigns.module';
import { CatalogModule } from './catalog/catalog.module';
import { CustomersModule } from './customers/customers.module';
import { EnrollmentsModule } from './enrollments/enrollments.module';
import { SimulationModule } from './enrollments/simulation/simulation.module';
import { IncentivesModule } from './incentives/incentives.module';
import { InboxModule } from './inbox/inbox.module';
import { MessagesModule } from './messages/messages.module';
import { OperationsModule } from './operations/operations.module';
import { OrdersModule } from './orders/orders.module';
import { TrackingModule } from './tracking/tracking.module';
import { type AppConfig } from './platform/config/config';
import { AppConfigModule } from './platform/config/config.module';
import { DatabaseModule } from './platform/database/database.module';
import { PlatformModule } from './platform/platform.module';
import { PredictionsModule } from './predictions/predictions.module';
import { PreferencesModule } from './preferences/preferences.module';
import { ProfilesModule } from './profiles/profiles.module';
import { ReportsModule } from './reports/reports.module';
import { ResponsesModule } from './responses/responses.module';
import { SegmentsModule } from './segments/segments.module';
import { StorefrontModule } from './storefront/storefront.module';
import { SurveysModule } from './surveys/surveys.module';
import { TemplatesModule } from './templates/templates.module';
import { WebhooksModule } from './webhooks/webhooks.module';

/** Composition root; the only file that may import every module. In the order of the chain. */
@Module({})
export class AppModule {
  static with(config: AppConfig, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        AppConfigModule.with(config),
        DatabaseModule.at(databaseUrl),
        PlatformModule,
        AccessModule,
        CustomersModule,
        OrdersModule,
        CatalogModule,
        IncentivesModule,
        PredictionsModule,
        SegmentsModule,
        SurveysModule,
        TemplatesModule,
        CampaignsModule,
        EnrollmentsModule,
        SimulationModule,
        MessagesModule,
        BouncesModule,
        TrackingModule,
        ResponsesModule,
        AttributionModule,
        ReportsModule,
        ProfilesModule,
        PreferencesModule,
        BlueprintsModule,
        OperationsModule,
        InboxModule,
        StorefrontModule,
        WebhooksModule,
      ],
    };
  }
}
