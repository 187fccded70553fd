import { Module } from '@nestjs/common';
import { LapseThresholds } from './lapse-thresholds';
import { ValueForecasts } from './value-forecasts';

/** What the shop's history lets expect: the lapse threshold, what customers will be worth. */
@Module({ providers: [LapseThresholds, ValueForecasts], exports: [LapseThresholds, ValueForecasts] })
export class PredictionsModule {}
