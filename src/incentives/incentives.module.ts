import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module';
import { CustomersModule } from '../customers/customers.module';
import { OrdersModule } from '../orders/orders.module';
import { CouponPools } from './coupon-pools.service';
import { CouponStock } from './coupon-stock';
import { Coupons } from './coupons';
import { CouponPersonalData } from './data/coupon-personal-data';
import { LoyaltyModule } from './loyalty.module';
import { CouponPoolsController } from './http/coupon-pools.controller';
import { CouponRemindersWork } from './jobs/coupon-reminders.work';
import { RedemptionsWork } from './jobs/redemptions.work';
import { PoolUses } from './pool-use';
import { Redemptions } from './redemptions';

/** What is given away: coupon pools, redemptions, points and tiers. */
@Module({
  imports: [AccessModule, CustomersModule, LoyaltyModule, OrdersModule],
  controllers: [CouponPoolsController],
  providers: [
    CouponPersonalData,
    CouponPools,
    CouponRemindersWork,
    CouponStock,
    Coupons,
    PoolUses,
    Redemptions,
    RedemptionsWork,
  ],
  exports: [Coupons, LoyaltyModule, PoolUses],
})
export class IncentivesModule {}
