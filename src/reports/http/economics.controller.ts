import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { ADMIN, READERS, Roles } from '../../access/roles';
import { EconomicsSettings } from '../economics.service';
import type { Economics } from '../domain/economics';

/** What the shop earns and what a mail costs it. */
@ApiTags('reports')
@Controller('api/v1/settings/economics')
export class EconomicsController {
  constructor(private readonly economics: EconomicsSettings) {}

  /** The setting; nulls where it was not told. */
  @Get()
  @Roles(...READERS)
  view(): Promise<Economics> {
    return this.economics.view();
  }

  /** Replaces it; what is left out is null. Reports tell profit, and the value of customers by margin, from then on. */
  @Put()
  @Roles(...ADMIN)
  @ApiBody({
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        grossMargin: { type: 'number', nullable: true, example: 0.4, description: 'above 0 and up to 1' },
        costPerEmail: { type: 'number', nullable: true, example: 0.0008, description: "in the store's currency" },
      },
    },
  })
  change(@Body() body: unknown): Promise<Economics> {
    return this.economics.change(body);
  }
}
