import { Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ADMIN, Roles } from '../../access/roles';
import { type Page, PageQuery } from '../../platform/http/page';
import { DELIVERY_STATUSES, DeliveriesService, type DeliveryStatus, type DeliveryView } from '../deliveries.service';
import { ShopRequests, type ShopRequestView } from '../shop-requests';

/** Filters of `GET /api/v1/deliveries`. */
export class DeliveryQuery extends PageQuery {
  @IsOptional() @IsIn(DELIVERY_STATUSES) status?: DeliveryStatus;
  /** Key of a source, or `bulk`. */
  @IsOptional() @IsString() @MaxLength(64) source?: string;
}

/** What came in, dead letters included, and what shops demanded by law. */
@ApiTags('storefront')
@Controller('api/v1')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveriesService,
    private readonly requests: ShopRequests,
  ) {}

  /** Deliveries, newest first. */
  @Get('deliveries')
  @Roles('analyst', 'admin')
  list(@Query() query: DeliveryQuery): Promise<Page<DeliveryView>> {
    return this.deliveries.list(query, query.status, query.source);
  }

  /** One delivery with its raw body. */
  @Get('deliveries/:id')
  @Roles('analyst', 'admin')
  get(@Param('id', ParseUUIDPipe) id: string): Promise<DeliveryView & { body: string }> {
    return this.deliveries.get(id);
  }

  /** Has a failed delivery worked off once more. */
  @Post('deliveries/:id/replay')
  @Roles(...ADMIN)
  @HttpCode(200)
  replay(@Param('id', ParseUUIDPipe) id: string): Promise<DeliveryView> {
    return this.deliveries.replay(id);
  }

  /** What shops demanded: data requests, erasures; newest first. */
  @Get('shop-requests')
  @Roles(...ADMIN)
  requested(@Query() query: PageQuery): Promise<Page<ShopRequestView>> {
    return this.requests.list(query);
  }

  /** One demand; a data request with what was collected for it. */
  @Get('shop-requests/:id')
  @Roles(...ADMIN)
  request(@Param('id', ParseUUIDPipe) id: string): Promise<ShopRequestView & { export: unknown }> {
    return this.requests.get(id);
  }
}
