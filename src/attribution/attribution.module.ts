import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { TrackingModule } from '../tracking/tracking.module';
import { AttributionPersonalData } from './attribution-personal-data';
import { CreditLedger } from './data/credit-ledger';
import { OutcomesWork } from './jobs/outcomes.work';
import { LateTouches } from './late-touches';
import { OutcomeProgress } from './outcome-progress';
import { Outcomes } from './outcomes';

/** Outcomes per enrollment and arm; which message is credited with which order. */
@Module({
  imports: [CustomersModule, TrackingModule],
  providers: [CreditLedger, OutcomeProgress, Outcomes, OutcomesWork, LateTouches, AttributionPersonalData],
  exports: [OutcomeProgress, Outcomes],
})
export class AttributionModule {}
