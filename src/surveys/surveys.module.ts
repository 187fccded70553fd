import { Module } from '@nestjs/common';
import { SurveysController } from './http/surveys.controller';
import { SurveyUses } from './survey-use';
import { SurveyVersions } from './survey-versions';
import { Surveys } from './surveys.service';

/** What customers are asked: surveys and their versions. */
@Module({
  controllers: [SurveysController],
  providers: [SurveyUses, SurveyVersions, Surveys],
  exports: [SurveyUses, SurveyVersions, Surveys],
})
export class SurveysModule {}
