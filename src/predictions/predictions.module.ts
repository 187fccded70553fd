import { Module } from '@nestjs/common';
import { LapseThresholds } from './lapse-thresholds';

/** What the shop's history lets expect: for now the lapse threshold. */
@Module({ providers: [LapseThresholds], exports: [LapseThresholds] })
export class PredictionsModule {}
