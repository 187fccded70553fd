import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { EventsPersonalData } from './data/events-personal-data';
import { DeliveryLog } from './delivery-log';
import { EndpointSwitch } from './endpoint-switch';
import { WebhookEndpoints } from './endpoints.service';
import { EventCapture } from './event-capture';
import { WebhookDeliveriesController, WebhookEndpointsController } from './http/webhook-endpoints.controller';
import { DeliverWork } from './jobs/deliver.work';
import { FanOutWork } from './jobs/fan-out.work';
import { PruneWork } from './jobs/prune.work';
import { TryRecorder } from './try-recorder';

/** Our events out: facts are captured by the database, made into events here, and posted to who wants them. */
@Module({
  imports: [CustomersModule],
  controllers: [WebhookEndpointsController, WebhookDeliveriesController],
  providers: [
    DeliverWork,
    DeliveryLog,
    EndpointSwitch,
    EventCapture,
    EventsPersonalData,
    FanOutWork,
    PruneWork,
    TryRecorder,
    WebhookEndpoints,
  ],
})
export class WebhooksModule {}
