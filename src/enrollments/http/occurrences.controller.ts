import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { READERS, Roles } from '../../access/roles';
import { type Page, PageQuery } from '../../platform/http/page';
import { CampaignOccurrences, type OccurrenceView } from '../campaign-occurrences';

/** When the clock brought people into a campaign. */
@ApiTags('campaigns')
@Controller('api/v1/campaigns/:ref/occurrences')
export class OccurrencesController {
  constructor(private readonly occurrences: CampaignOccurrences) {}

  /** The times of a schedule, a date or anniversaries so far, newest first: who was taken, which were missed and why. */
  @Get()
  @Roles(...READERS)
  list(@Param('ref') ref: string, @Query() query: PageQuery): Promise<Page<OccurrenceView>> {
    return this.occurrences.list(ref, query);
  }
}
