import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { READERS, Roles } from '../../access/roles';
import { type AudienceCount, CampaignAudience } from '../campaign-audience';

/** Whom a campaign would mail now. */
@ApiTags('campaigns')
@Controller('api/v1/campaigns/:ref/audience')
export class AudienceController {
  constructor(private readonly audience: CampaignAudience) {}

  /** Counted by the rules of the engine, sieve by sieve; nothing is sent and nobody enters. */
  @Get()
  @Roles(...READERS)
  count(@Param('ref') ref: string): Promise<AudienceCount> {
    return this.audience.count(ref);
  }
}
