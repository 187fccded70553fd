import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { PredictionsModule } from '../predictions/predictions.module';
import { LifecycleController } from './http/lifecycle.controller';
import { SegmentsController } from './http/segments.controller';
import { MembershipWork } from './jobs/membership.work';
import { StageSweep } from './jobs/stage-sweep';
import { ThresholdRefresh } from './jobs/threshold-refresh';
import { Lifecycle } from './lifecycle';
import { MembershipPersonalData } from './membership-personal-data';
import { SegmentConditions } from './segment-conditions';
import { SegmentFills } from './segment-fills';
import { SegmentMembership } from './segment-membership';
import { SegmentTouches } from './segment-touches';
import { SegmentUses } from './segment-use';
import { Segments } from './segments.service';
import { StageFactSource } from './stage-fact-source';
import { StagePersonalData } from './stage-personal-data';
import { Stages } from './stages';

/** The condition language, stages, segments and their members, entries and exits. */
@Module({
  imports: [CustomersModule, PredictionsModule],
  controllers: [LifecycleController, SegmentsController],
  providers: [
    Lifecycle,
    MembershipPersonalData,
    MembershipWork,
    SegmentConditions,
    SegmentFills,
    SegmentMembership,
    SegmentTouches,
    SegmentUses,
    Segments,
    StageFactSource,
    StagePersonalData,
    StageSweep,
    Stages,
    ThresholdRefresh,
  ],
  exports: [Lifecycle, SegmentConditions, SegmentFills, SegmentUses, Segments, Stages],
})
export class SegmentsModule {}
