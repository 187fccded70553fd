import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type LiftPlan, LiftPlans } from '../lift-plan.service';
import { csvAnswer } from './csv-answer';
import { figuresTable } from './report-csv';

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(value) ? Number(value) : value;

/** Query of `GET /api/v1/campaigns/:ref/lift-plan`: what the shop knows better than its history. */
export class LiftPlanQuery {
  /** `csv` answers with `text/csv` instead of JSON. */
  @IsOptional() @IsIn(['json', 'csv']) format?: 'json' | 'csv';

  /** Share that buys again within the window without the campaign. */
  @IsOptional() @Transform(toNumber) @IsNumber() @Min(0) @Max(0.999) baseline?: number;

  /** The difference of rates that would matter. */
  @IsOptional() @Transform(toNumber) @IsNumber() @Min(0.0001) @Max(1) minimumEffect?: number;

  /** People who enter in a week. */
  @IsOptional() @Transform(toNumber) @IsNumber() @Min(0) @Max(100_000_000) perWeek?: number;
}

/** What an experiment can show before it is begun. */
@ApiTags('campaigns')
@Controller('api/v1/campaigns/:ref/lift-plan')
export class LiftPlanController {
  constructor(private readonly plans: LiftPlans) {}

  /** What can be shown of the campaign by when, by share held out, with advice on the share. */
  @Get()
  @Roles(...READERS)
  async plan(
    @Param('ref') ref: string,
    @Query() { format, ...question }: LiftPlanQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LiftPlan | string> {
    const plan = await this.plans.plan({ ref, ...question });
    if (format !== 'csv') return plan;
    return csvAnswer(plan, figuresTable(plan), reply);
  }
}
