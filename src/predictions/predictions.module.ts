import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { CustomerPredictions } from './customer-predictions';
import { PredictionPersonalData } from './data/prediction-personal-data';
import { PredictionsWork } from './jobs/predictions.work';
import { LapseThresholds } from './lapse-thresholds';
import { PredictionFacts } from './prediction-facts';
import { ValueForecasts } from './value-forecasts';

/** What the shop's history lets expect: the lapse threshold, who still is a customer, what customers will be worth. */
@Module({
  imports: [CustomersModule],
  providers: [
    CustomerPredictions,
    LapseThresholds,
    PredictionFacts,
    PredictionPersonalData,
    PredictionsWork,
    ValueForecasts,
  ],
  exports: [CustomerPredictions, LapseThresholds, ValueForecasts],
})
export class PredictionsModule {}
