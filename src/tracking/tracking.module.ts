import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { MessagesModule } from '../messages/messages.module';
import { HitWriter } from './data/hit-writer';
import { TrackingPersonalData } from './data/tracking-personal-data';
import { EngagementFacts } from './engagement-facts';
import { ExitQuestions } from './exit-questions';
import { HitJudge } from './hit-judge';
import { HitRecorder } from './hit-recorder';
import { HitWatches } from './hit-watch';
import { HitsController } from './http/hits.controller';
import { JudgementController } from './http/judgement.controller';
import { PixelDoor } from './http/pixel-door';
import { UnsubscribeController } from './http/unsubscribe.controller';
import { RejudgeHits } from './jobs/rejudge-hits';
import { ReplayHits } from './jobs/replay-hits';
import { ReviewHits } from './jobs/review-hits';
import { PublicPages } from './public-pages';
import { Subscribers } from './subscribers.service';
import { TrackingService } from './tracking.service';

/** Opens, clicks, and unsubscribes. */
@Module({
  imports: [CustomersModule, MessagesModule],
  controllers: [HitsController, JudgementController, UnsubscribeController],
  providers: [
    EngagementFacts,
    ExitQuestions,
    HitJudge,
    HitRecorder,
    HitWatches,
    HitWriter,
    PixelDoor,
    PublicPages,
    RejudgeHits,
    ReplayHits,
    ReviewHits,
    Subscribers,
    TrackingPersonalData,
    TrackingService,
  ],
  exports: [ExitQuestions, HitWatches, PublicPages, Subscribers, TrackingService],
})
export class TrackingModule {}
