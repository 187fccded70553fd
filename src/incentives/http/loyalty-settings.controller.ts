import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { LoyaltySettings } from '../loyalty-settings';
import { type LoyaltySettingView } from '../loyalty.types';
import { LOYALTY_SCHEMA } from './loyalty.schema';

/** What orders earn, the tiers, and what a referral brings. */
@ApiTags('loyalty')
@Controller('api/v1/settings/loyalty')
export class LoyaltySettingsController {
  constructor(private readonly settings: LoyaltySettings) {}

  /** The setting; nulls and an empty list while there is none. */
  @Get()
  @Roles(...READERS)
  view(): Promise<LoyaltySettingView> {
    return this.settings.view();
  }

  /** Replaces it; what is left out is none. 422 tells every fault with its path. */
  @Put()
  @Roles(...EDITORS)
  @ApiBody({ schema: LOYALTY_SCHEMA })
  change(@Body() body: unknown): Promise<LoyaltySettingView> {
    return this.settings.change(body);
  }
}
