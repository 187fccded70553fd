import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsBooleanString, IsInt, IsOptional, IsString, MaxLength, Min } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { CUT_OFF, Simulations, type SimulationView } from '../simulation/simulations.service';
import { type SimulationResult } from '../simulation/simulator';
import { IsVersionOrCampaign } from './is-version-or-campaign';

/** Body of `POST /api/v1/campaigns/:ref/simulate`. */
export class SimulateBody {
  /** Beginning of the period: an instant, or a day of the store. */
  @IsString() @MaxLength(40) from: string;
  /** Its end, exclusive; at most two years later. */
  @IsString() @MaxLength(40) to: string;
  /** Another version of the campaign (its number), or another campaign (key or id), to be held against. */
  @ApiProperty({ oneOf: [{ type: 'integer' }, { type: 'string' }], required: false })
  @IsOptional()
  @IsVersionOrCampaign()
  against?: string | number;
  /** The version that is simulated; default the live one, of a draft its present definition. */
  @IsOptional() @IsInt() @Min(1) version?: number;
}

/** Query of `POST /api/v1/campaigns/:ref/simulate`. */
export class SimulateQuery {
  /** `true` or `1`: answer at once with the id of the job. */
  @IsOptional() @IsBooleanString() async?: string;
}

/** The plain form answers what it has after so long: the result, or the job that goes on. */
const PATIENCE_MS = 55_000;

/** What a campaign would have done. */
@ApiTags('campaigns')
@Controller('api/v1')
export class SimulationsController {
  constructor(private readonly simulations: Simulations) {}

  /**
   * Runs the campaign over what was recorded in a period, by the rules of the engine, sending and writing nothing. 200
   * with the result; with `async=1`, or after 55 seconds, 202 with the job.
   */
  @Post('campaigns/:ref/simulate')
  @HttpCode(200)
  @Roles(...EDITORS)
  async simulate(
    @Param('ref') ref: string,
    @Body() body: SimulateBody,
    @Query() query: SimulateQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SimulationResult | SimulationView> {
    const id = await this.simulations.start(ref, body);
    const waits = query.async === undefined || query.async === 'false' || query.async === '0';
    const view = await this.simulations.settled(id, waits ? PATIENCE_MS : 0);
    if (waits && view.result) return view.result;
    if (waits && view.status === 'cancelled') throw Refusal.conflict('The simulation was cancelled.');
    if (waits && view.status === 'failed' && view.error === CUT_OFF) {
      throw new Refusal('unavailable', 'The service was stopped before the simulation had ended; ask again.');
    }
    if (waits && view.status === 'failed') throw new Error(`the simulation ${id} failed: ${view.error ?? ''}`);
    void reply.status(202).header('location', `/api/v1/simulations/${id}`);
    return view;
  }

  /** How far a simulation is; its result once it is completed. Kept for a week. */
  @Get('simulations/:id')
  @Roles(...READERS)
  get(@Param('id', ParseUUIDPipe) id: string): Promise<SimulationView> {
    return this.simulations.get(id);
  }

  /** Cancels it; one that has ended stays as it is. */
  @Delete('simulations/:id')
  @HttpCode(204)
  @Roles(...EDITORS)
  cancel(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.simulations.cancel(id);
  }
}
