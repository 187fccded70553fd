import { Module } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { CustomersModule } from '../customers/customers.module';
import { EnrollmentsModule } from '../enrollments/enrollments.module';
import { PredictionsModule } from '../predictions/predictions.module';
import { SegmentsModule } from '../segments/segments.module';
import { CustomerChanges } from './customer-changes';
import { CustomersService } from './customers.service';
import { Erasure } from './erasure';
import { Explanations } from './explanations';
import { CustomersController } from './http/customers.controller';
import { SegmentMembersController } from './http/segment-members.controller';
import { PersonalExport } from './personal-export';
import { PersonalRequests } from './personal-requests';
import { Timeline } from './timeline';

/** The customer resource, timeline, export, erasure: composed from all the modules before it. */
@Module({
  imports: [CampaignsModule, CustomersModule, PredictionsModule, SegmentsModule, EnrollmentsModule],
  controllers: [CustomersController, SegmentMembersController],
  providers: [CustomerChanges, CustomersService, Erasure, Explanations, PersonalExport, PersonalRequests, Timeline],
  exports: [Erasure, PersonalExport],
})
export class ProfilesModule {}
