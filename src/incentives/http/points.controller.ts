import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Roles, SHOP_READERS } from '../../access/roles';
import { type Page, PageQuery } from '../../platform/http/page';
import { type PointBalanceView, type PointEntryView, type ReferralView } from '../loyalty.types';
import { type PointChangeResult, Points } from '../points.service';
import { ReferralCodes } from '../referral-codes';
import { PointChangeBody } from './loyalty.dto';

/** Points and the referral code of a customer. */
@ApiTags('loyalty')
@Controller('api/v1/customers/:id')
export class PointsController {
  constructor(
    private readonly points: Points,
    private readonly codes: ReferralCodes,
  ) {}

  /** The balance and the ledger, the newest first. */
  @Get('points')
  @Roles(...SHOP_READERS)
  view(
    @Param('id') id: string,
    @Query() page: PageQuery,
  ): Promise<PointBalanceView & { entries: Page<PointEntryView> }> {
    return this.points.view(id, page);
  }

  /** Puts points in or takes them out; 201, and 200 for a request that was worked off before. */
  @Post('points')
  @Roles('storefront', 'marketer', 'admin')
  async change(
    @Param('id') id: string,
    @Body() body: PointChangeBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PointChangeResult> {
    const result = await this.points.change(id, body);
    if (result.repeated) void reply.status(200);
    return result;
  }

  /** The customer's own code, made when it is first asked for, and what it has brought. */
  @Get('referral')
  @Roles(...SHOP_READERS)
  referral(@Param('id') id: string): Promise<ReferralView> {
    return this.codes.view(id);
  }
}
