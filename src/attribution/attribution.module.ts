import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { AttributionPersonalData } from './attribution-personal-data';
import { CreditLedger } from './data/credit-ledger';
import { OutcomesWork } from './jobs/outcomes.work';
import { OutcomeProgress } from './outcome-progress';
import { Outcomes } from './outcomes';

/** Outcomes per enrollment and arm; which message is credited with which order. */
@Module({
  imports: [CustomersModule],
  providers: [CreditLedger, OutcomeProgress, Outcomes, OutcomesWork, AttributionPersonalData],
  exports: [OutcomeProgress, Outcomes],
})
export class AttributionModule {}
