import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { MessagesModule } from '../messages/messages.module';
import { HitWriter } from './data/hit-writer';
import { TrackingPersonalData } from './data/tracking-personal-data';
import { EngagementFacts } from './engagement-facts';
import { HitRecorder } from './hit-recorder';
import { HitsController } from './http/hits.controller';
import { PixelDoor } from './http/pixel-door';
import { PreferencesController } from './http/preferences.controller';
import { UnsubscribeController } from './http/unsubscribe.controller';
import { ReplayHits } from './jobs/replay-hits';
import { PublicPages } from './public-pages';
import { Subscribers } from './subscribers.service';
import { TrackingService } from './tracking.service';

/** Opens, clicks, unsubscribes and preference pages. */
@Module({
  imports: [CustomersModule, MessagesModule],
  controllers: [HitsController, UnsubscribeController, PreferencesController],
  providers: [
    EngagementFacts,
    HitRecorder,
    HitWriter,
    PixelDoor,
    PublicPages,
    ReplayHits,
    Subscribers,
    TrackingPersonalData,
    TrackingService,
  ],
  exports: [PublicPages],
})
export class TrackingModule {}
