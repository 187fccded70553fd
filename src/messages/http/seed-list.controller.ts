import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { ADMIN, READERS, Roles } from '../../access/roles';
import { type SeedList } from '../domain/read-seed-list';
import { SeedLists } from '../seed-list';

/** Addresses of the shop's own that get a copy of what goes out. */
@ApiTags('messages')
@Controller('api/v1/settings/seed-list')
export class SeedListController {
  constructor(private readonly seeds: SeedLists) {}

  /** The addresses. */
  @Get()
  @Roles(...READERS)
  view(): Promise<SeedList> {
    return this.seeds.view();
  }

  /** Replaces them. Each gets the first mail of each step once a day. 422 tells every fault with its path. */
  @Put()
  @Roles(...ADMIN)
  @ApiBody({
    schema: {
      type: 'object',
      required: ['addresses'],
      additionalProperties: false,
      properties: { addresses: { type: 'array', maxItems: 50, items: { type: 'string', format: 'email' } } },
    },
  })
  change(@Body() body: unknown): Promise<SeedList> {
    return this.seeds.change(body);
  }
}
