import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { CustomersModule } from '../customers/customers.module';
import { OrdersModule } from '../orders/orders.module';
import { LoyaltyPersonalData } from './data/loyalty-personal-data';
import { LoyaltySettingsController } from './http/loyalty-settings.controller';
import { PointsController } from './http/points.controller';
import { LoyaltyWork } from './jobs/loyalty.work';
import { LoyaltyAccounts } from './loyalty-accounts';
import { LoyaltyFacts } from './loyalty-facts';
import { LoyaltyReferrals } from './loyalty-referrals';
import { LoyaltySettings } from './loyalty-settings';
import { Points } from './points.service';
import { ReferralCodes } from './referral-codes';

/** Points, tiers and referrals. */
@Module({
  imports: [AccessModule, CustomersModule, OrdersModule],
  controllers: [LoyaltySettingsController, PointsController],
  providers: [
    LoyaltyAccounts,
    LoyaltyFacts,
    LoyaltyPersonalData,
    LoyaltyReferrals,
    LoyaltySettings,
    LoyaltyWork,
    Points,
    ReferralCodes,
  ],
  exports: [ReferralCodes],
})
export class LoyaltyModule {}
