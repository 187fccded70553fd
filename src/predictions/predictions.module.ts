import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { OrdersModule } from '../orders/orders.module';
import { CustomerPredictions } from './customer-predictions';
import { PredictionPersonalData } from './data/prediction-personal-data';
import { PredictionsWork } from './jobs/predictions.work';
import { LapseThresholds } from './lapse-thresholds';
import { OverdueReturns } from './overdue-returns';
import { PredictionFacts } from './prediction-facts';
import { ValueForecasts } from './value-forecasts';

/** What the shop's history lets expect: the lapse threshold, who still is a customer, what customers will be worth. */
@Module({
  imports: [CustomersModule, OrdersModule],
  providers: [
    CustomerPredictions,
    LapseThresholds,
    OverdueReturns,
    PredictionFacts,
    PredictionPersonalData,
    PredictionsWork,
    ValueForecasts,
  ],
  exports: [CustomerPredictions, LapseThresholds, ValueForecasts],
})
export class PredictionsModule {}
