import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import { Roles, SHOP_READERS } from '../../access/roles';
import { type Page, PageQuery } from '../../platform/http/page';
import { OrdersService, type OrderView } from '../orders.service';

export class OrderQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(255) externalId?: string;
  @IsOptional() @IsUUID() customerId?: string;
}

/** What was bought. */
@Controller('api/v1/orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Get()
  @Roles(...SHOP_READERS)
  @ApiOperation({ summary: 'Orders with their lines, the latest first' })
  list(@Query() query: OrderQuery): Promise<Page<OrderView>> {
    return this.orders.list({ externalId: query.externalId, customerId: query.customerId }, query);
  }
}
