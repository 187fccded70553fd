import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { ADMIN, READERS, Roles } from '../../access/roles';
import { type GlobalHoldoutView, GlobalHoldouts } from '../global-holdouts';

/** Whom no campaign mails, so that all of them together can be measured. */
@ApiTags('campaigns')
@Controller('api/v1/settings/global-holdout')
export class GlobalHoldoutController {
  constructor(private readonly holdouts: GlobalHoldouts) {}

  /** The share, how often it is drawn anew, and the period in force with its salt. */
  @Get()
  @Roles(...READERS)
  view(): Promise<GlobalHoldoutView> {
    return this.holdouts.view();
  }

  /** Replaces it. Another share begins a new period, in which everybody is drawn anew; 0 ends it. */
  @Put()
  @Roles(...ADMIN)
  @ApiBody({
    schema: {
      type: 'object',
      required: ['share'],
      additionalProperties: false,
      properties: {
        share: { type: 'number', minimum: 0, maximum: 1, exclusiveMaximum: true, example: 0.05 },
        rotateEvery: { type: 'string', nullable: true, example: 'P6M', description: 'ISO 8601, P7D at least' },
      },
    },
  })
  change(@Body() body: unknown): Promise<GlobalHoldoutView> {
    return this.holdouts.change(body);
  }
}
