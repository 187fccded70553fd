import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { etagOf } from '../../platform/http/etag';
import { type Page, PageQuery } from '../../platform/http/page';
import { CouponPools } from '../coupon-pools.service';
import { type CouponView, type PoolView } from '../coupons.types';
import { CodesBody, CouponQuery, PoolBody, PoolTermsBody } from './coupon-pools.dto';

/** Coupon pools: codes that mails give away, one to each recipient. */
@ApiTags('coupon-pools')
@Controller('api/v1/coupon-pools')
export class CouponPoolsController {
  constructor(private readonly pools: CouponPools) {}

  /** The pools, newest first, with how their codes stand. */
  @Get()
  @Roles(...READERS)
  list(@Query() query: PageQuery): Promise<Page<PoolView>> {
    return this.pools.list(query);
  }

  /** Makes a pool with codes of the shop (`codes`), codes that we make (`generate`), both or none. 409: the key is taken. */
  @Post()
  @Roles(...EDITORS)
  async create(@Body() body: PoolBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<PoolView> {
    return tagged(await this.pools.create(body), reply);
  }

  /** A pool by id or key, with how its codes stand and what they have cost. */
  @Get(':ref')
  @Roles(...READERS)
  async get(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<PoolView> {
    return tagged(await this.pools.get(ref), reply);
  }

  /** Replaces what a pool says; its codes stay. 409: another key while a campaign uses it. */
  @Put(':ref')
  @Roles(...EDITORS)
  @ApiHeader({ name: 'if-match', required: false })
  async replace(
    @Param('ref') ref: string,
    @Body() body: PoolTermsBody,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PoolView> {
    return tagged(await this.pools.replace(ref, body, ifMatch), reply);
  }

  /** Deletes a pool; 409 while a campaign uses it, and once a code of it was given or used. */
  @Delete(':ref')
  @Roles(...EDITORS)
  @HttpCode(204)
  @ApiHeader({ name: 'if-match', required: false })
  remove(@Param('ref') ref: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.pools.remove(ref, ifMatch);
  }

  /** Adds codes. 422 names those that stand in this pool or another already (`codes[3]`). */
  @Post(':ref/codes')
  @Roles(...EDITORS)
  addCodes(@Param('ref') ref: string, @Body() body: CodesBody): Promise<PoolView> {
    return this.pools.addCodes(ref, body);
  }

  /** The codes of a pool, oldest first: whose they are, until when, and who redeemed them. */
  @Get(':ref/coupons')
  @Roles(...READERS)
  coupons(@Param('ref') ref: string, @Query() query: CouponQuery): Promise<Page<CouponView>> {
    return this.pools.coupons(ref, query);
  }
}

function tagged(pool: PoolView, reply: FastifyReply): PoolView {
  void reply.header('etag', etagOf(pool.version));
  return pool;
}
