import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { AnswerFacts } from './answer-facts';
import { ResponsePersonalData } from './data/response-personal-data';

/** What customers answered: the pages of the score links, the record, its list. */
@Module({
  imports: [CustomersModule],
  providers: [AnswerFacts, ResponsePersonalData],
})
export class ResponsesModule {}
