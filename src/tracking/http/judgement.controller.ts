import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsISO8601, IsOptional } from 'class-validator';
import { ADMIN, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { type Judgement, RejudgeHits } from '../jobs/rejudge-hits';

class JudgeBody {
  /** Hits from this instant on; all, when it is left out. */
  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsISO8601({ strict: true })
  since?: string;
}

/** The verdicts on hits: people or machines. */
@ApiTags('messages')
@Controller('api/v1/hits')
export class JudgementController {
  constructor(private readonly rejudge: RejudgeHits) {}

  /** Judges hits of the past by the rules of now. Works in the background; what was counted wrongly is taken back. */
  @Post('judge')
  @HttpCode(202)
  @Roles(...ADMIN)
  begin(@Body() { since }: JudgeBody): Promise<Judgement> {
    return this.rejudge.begin(new Date(since ?? 0));
  }

  /** How far that has come. 404 when it was never asked for. */
  @Get('judge')
  @Roles('analyst', 'admin')
  async view(): Promise<Judgement> {
    const judgement = await this.rejudge.view();
    if (!judgement) throw Refusal.notFound('A judgement of hits');
    return judgement;
  }
}
