import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { ADMIN, READERS, Roles, SHOP_READERS } from '../../access/roles';
import { type CustomerPatch } from '../../customers/customers.types';
import { Refusal } from '../../kernel/errors';
import { type Page, PageQuery } from '../../platform/http/page';
import { CustomerChanges } from '../customer-changes';
import { CustomersService } from '../customers.service';
import { customerPatch } from '../domain/customer-patch';
import { Explanations } from '../explanations';
import { PersonalRequests } from '../personal-requests';
import { type CustomerView, type ExplanationView, type TimelineItem } from '../profiles.types';
import { Timeline } from '../timeline';
import { CustomerBody, CustomerQuery, ExplainQuery } from './customer.dto';

/** Customers, composed from all that is known of them. */
@ApiTags('customers')
@Controller('api/v1/customers')
export class CustomersController {
  constructor(
    private readonly customers: CustomersService,
    private readonly changes: CustomerChanges,
    private readonly timelines: Timeline,
    private readonly explanations: Explanations,
    private readonly requests: PersonalRequests,
  ) {}

  /** Customers, the newest first. */
  @Get()
  @Roles(...SHOP_READERS)
  list(@Query() { email, externalId, segment, stage, ...page }: CustomerQuery): Promise<Page<CustomerView>> {
    return this.customers.list({ email, externalId, segment, stage }, page);
  }

  /** One customer. */
  @Get(':id')
  @Roles(...SHOP_READERS)
  get(@Param('id') id: string): Promise<CustomerView> {
    return this.customers.profile(id);
  }

  /** Changes what is given; null clears. */
  @Patch(':id')
  @Roles('storefront', 'marketer', 'admin')
  patch(@Param('id') id: string, @Body() body: CustomerBody): Promise<CustomerView> {
    return this.changes.patch(id, checked(body));
  }

  /** Replaces the fields: what is not given is cleared, but for the consent. */
  @Put(':id')
  @Roles('storefront', 'marketer', 'admin')
  replace(@Param('id') id: string, @Body() body: CustomerBody): Promise<CustomerView> {
    return this.changes.replace(id, checked(body));
  }

  /** What happened to the customer, newest first. */
  @Get(':id/timeline')
  @Roles(...READERS)
  timeline(@Param('id') id: string, @Query() page: PageQuery): Promise<Page<TimelineItem>> {
    return this.timelines.page(id, page);
  }

  /** Why the customer got or did not get what campaigns had for it: each decision with its reason, and what comes next. */
  @Get(':id/explain')
  @Roles(...READERS)
  explain(@Param('id') id: string, @Query() { campaign }: ExplainQuery): Promise<ExplanationView> {
    return this.explanations.explain(id, campaign);
  }

  /** Everything that is stored about the person. */
  @Get(':id/export')
  @Roles(...READERS)
  async export(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Record<string, unknown>> {
    const found = await this.requests.export(id);
    void reply.header('content-disposition', 'attachment; filename="personal-data.json"');
    return found;
  }

  /** Removes everything that identifies the person, for good. */
  @Post(':id/erase')
  @HttpCode(200)
  @Roles(...ADMIN)
  erase(@Param('id') id: string): Promise<{ id: string; erasedAt: string }> {
    return this.requests.erase(id);
  }
}

function checked(body: CustomerBody): CustomerPatch {
  const { patch, faults } = customerPatch(body);
  if (faults.length > 0) throw Refusal.invalid(faults);
  return patch;
}
