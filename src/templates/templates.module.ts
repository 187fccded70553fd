import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { IncentivesModule } from '../incentives/incentives.module';
import { SurveysModule } from '../surveys/surveys.module';
import { TemplatesRepository } from './data/templates.repository';
import { MailAssetsController } from './http/mail-assets.controller';
import { TemplatesController } from './http/templates.controller';
import { MjmlLayouter } from './mjml-layouter';
import { ReferralVariables } from './referral-variables';
import { RenderThreads } from './render-threads';
import { RenderVariablesLoader } from './render-variables';
import { TemplatePreviews } from './template-previews';
import { TemplateRenderer } from './template-renderer';
import { TemplateVariables } from './template-variables';
import { Templates } from './templates.service';

/** Templates: versions, layout, preview, and rendering for those who send. */
@Module({
  imports: [AccessModule, IncentivesModule, SurveysModule],
  controllers: [TemplatesController, MailAssetsController],
  providers: [
    TemplatesRepository,
    MjmlLayouter,
    Templates,
    TemplatePreviews,
    RenderThreads,
    TemplateRenderer,
    TemplateVariables,
    ReferralVariables,
    RenderVariablesLoader,
  ],
  exports: [Templates, TemplateRenderer, TemplateVariables, RenderVariablesLoader],
})
export class TemplatesModule {}
