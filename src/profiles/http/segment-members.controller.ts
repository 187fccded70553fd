import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { type Page, PageQuery } from '../../platform/http/page';
import { CustomersService } from '../customers.service';
import { type CustomerView } from '../profiles.types';
import { ConditionPreviewBody } from './customer.dto';

/** Who is in a segment. */
@ApiTags('segments')
@Controller('api/v1/segments')
export class SegmentMembersController {
  constructor(private readonly customers: CustomersService) {}

  /** The customers in a segment now, the newest first. */
  @Get(':ref/members')
  @Roles(...READERS)
  members(@Param('ref') ref: string, @Query() page: PageQuery): Promise<Page<CustomerView>> {
    return this.customers.list({ segment: ref }, page);
  }

  /** How many customers a condition would mean, how many of them can be mailed, and some of them. */
  @Post('preview')
  @HttpCode(200)
  @Roles(...EDITORS)
  preview(
    @Body() { condition }: ConditionPreviewBody,
  ): Promise<{ count: number; mailable: number; sample: CustomerView[] }> {
    return this.customers.preview(condition);
  }
}
