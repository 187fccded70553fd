import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { ADMIN, READERS, Roles } from '../../access/roles';
import { type ConsentSetting, ConsentSettings } from '../consent-settings';

/** How consent is obtained, and what is recorded of people who have said nothing about it. */
@ApiTags('customers')
@Controller('api/v1/settings/consent')
export class ConsentSettingsController {
  constructor(private readonly settings: ConsentSettings) {}

  /** The setting, defaults filled in. */
  @Get()
  @Roles(...READERS)
  view(): Promise<ConsentSetting> {
    return this.settings.view();
  }

  /** Replaces it; what is left out is as by default. 422 tells every fault with its path. */
  @Put()
  @Roles(...ADMIN)
  @ApiBody({
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        doubleOptIn: { type: 'boolean', default: false, description: 'whether a pending consent is asked to confirm' },
        resendAfter: { type: 'string', default: 'P1D', description: 'before it no second confirmation mail goes out' },
        mostMails: { type: 'integer', minimum: 1, maximum: 10, default: 3 },
        tracking: {
          type: 'object',
          additionalProperties: false,
          properties: { opens: { type: 'boolean', default: true }, clicks: { type: 'boolean', default: true } },
        },
      },
    },
  })
  change(@Body() body: unknown): Promise<ConsentSetting> {
    return this.settings.change(body);
  }
}
