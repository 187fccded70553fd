import { Module } from '@nestjs/common';
import { AttributionModule } from '../attribution/attribution.module';
import { CatalogModule } from '../catalog/catalog.module';
import { CustomersModule } from '../customers/customers.module';
import { EnrollmentsModule } from '../enrollments/enrollments.module';
import { OrdersModule } from '../orders/orders.module';
import { ReportsModule } from '../reports/reports.module';
import { ProfilesModule } from '../profiles/profiles.module';
import { SegmentsModule } from '../segments/segments.module';
import { HeardSources } from './data/heard-sources';
import { StorefrontPersonalData } from './data/storefront-personal-data';
import { DeliveriesService } from './deliveries.service';
import { DeliveryInbox } from './delivery-inbox';
import { DeliveryIngest } from './delivery-ingest';
import { EventsDoor } from './events-door';
import { FactApplier } from './fact-applier';
import { DeliveriesController } from './http/deliveries.controller';
import { EventsController } from './http/events.controller';
import { ImportsController } from './http/imports.controller';
import { SourcesController } from './http/sources.controller';
import { WebhookEntrance } from './http/webhook-entrance';
import { ImportIngest } from './import-ingest';
import { ImportsService } from './imports.service';
import { ImportsWork } from './jobs/imports.work';
import { IngestWork } from './jobs/ingest.work';
import { ShopRequests } from './shop-requests';
import { SourceDirectory } from './source-directory';
import { SourcesService } from './sources.service';
import { StorefrontMetrics } from './storefront-metrics';
import { WebhookDoor } from './webhook-door';

/** How shop events come in: signed webhooks, bulk events, files. Stored first, acknowledged, then worked off. */
@Module({
  imports: [
    AttributionModule,
    CatalogModule,
    CustomersModule,
    EnrollmentsModule,
    OrdersModule,
    ProfilesModule,
    ReportsModule,
    SegmentsModule,
  ],
  controllers: [SourcesController, EventsController, DeliveriesController, ImportsController],
  providers: [
    DeliveriesService,
    DeliveryInbox,
    DeliveryIngest,
    EventsDoor,
    FactApplier,
    HeardSources,
    ImportIngest,
    ImportsService,
    ImportsWork,
    IngestWork,
    ShopRequests,
    SourceDirectory,
    SourcesService,
    StorefrontMetrics,
    StorefrontPersonalData,
    WebhookDoor,
    WebhookEntrance,
  ],
})
export class StorefrontModule {}
