import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { CustomersModule } from '../customers/customers.module';
import { OrdersModule } from '../orders/orders.module';
import { CouponPersonalData } from './data/coupon-personal-data';
import { LoyaltyModule } from './loyalty.module';

/** What is given away: coupon pools, redemptions, points and tiers. */
@Module({
  imports: [AccessModule, CustomersModule, LoyaltyModule, OrdersModule],
  providers: [CouponPersonalData],
  exports: [LoyaltyModule],
})
export class IncentivesModule {}
