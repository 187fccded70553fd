import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { MessagesModule } from '../messages/messages.module';
import { SurveysModule } from '../surveys/surveys.module';
import { TrackingModule } from '../tracking/tracking.module';
import { AnswerDesk } from './answer-desk';
import { AnswerFacts } from './answer-facts';
import { ResponsePersonalData } from './data/response-personal-data';
import { AnswersController } from './http/answers.controller';
import { ResponsesController } from './http/responses.controller';
import { ResponseList } from './response-list';

/** What customers answered: the pages of the score links, the record, its list. */
@Module({
  imports: [CustomersModule, MessagesModule, SurveysModule, TrackingModule],
  controllers: [AnswersController, ResponsesController],
  providers: [AnswerDesk, AnswerFacts, ResponseList, ResponsePersonalData],
})
export class ResponsesModule {}
