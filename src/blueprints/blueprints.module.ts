import { Module } from '@nestjs/common';
import { CampaignsModule } from '../campaigns/campaigns.module';
import { EnrollmentsModule } from '../enrollments/enrollments.module';
import { SegmentsModule } from '../segments/segments.module';
import { SurveysModule } from '../surveys/surveys.module';
import { TemplatesModule } from '../templates/templates.module';
import { BlueprintChanges } from './blueprint-changes';
import { BlueprintPruning } from './blueprint-pruning';
import { Blueprints } from './blueprints.service';
import { ConcernedCustomers } from './concerned-customers';
import { BlueprintsController } from './http/blueprints.controller';

/** A shop's segments, templates and campaigns as one content: files to the person, all or nothing to the shop. */
@Module({
  imports: [SurveysModule, SegmentsModule, TemplatesModule, CampaignsModule, EnrollmentsModule],
  controllers: [BlueprintsController],
  providers: [BlueprintChanges, BlueprintPruning, Blueprints, ConcernedCustomers],
})
export class BlueprintsModule {}
