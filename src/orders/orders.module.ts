import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module';
import { OrderPersonalData } from './data/order-personal-data';
import { OrdersController } from './http/orders.controller';
import { OrderFacts } from './order-facts';
import { OrderIngest } from './order-ingest';
import { OrderWatches } from './order-watches';
import { OrdersService } from './orders.service';

/** What was bought and refunded, as facts in time. */
@Module({
  imports: [CustomersModule],
  controllers: [OrdersController],
  providers: [OrderFacts, OrderIngest, OrderPersonalData, OrdersService, OrderWatches],
  exports: [OrderIngest, OrdersService, OrderWatches],
})
export class OrdersModule {}
