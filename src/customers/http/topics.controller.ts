import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { type TopicsSetting } from '../domain/read-topics';
import { Topics } from '../topics';

const TEXTS = { type: 'object', additionalProperties: { type: 'string' }, description: 'a text by locale' };

/** The kinds of mail that people switch on and off one by one. */
@ApiTags('customers')
@Controller('api/v1/settings/topics')
export class TopicsController {
  constructor(private readonly topics: Topics) {}

  /** The topics, in the order of the preference page. */
  @Get()
  @Roles(...READERS)
  view(): Promise<TopicsSetting> {
    return this.topics.view();
  }

  /** Replaces them. 422 tells every fault with its path; 409: one that is left out is the `topic` of a campaign. */
  @Put()
  @Roles(...EDITORS)
  @ApiBody({
    schema: {
      type: 'object',
      required: ['topics'],
      additionalProperties: false,
      properties: {
        topics: {
          type: 'array',
          maxItems: 50,
          items: {
            type: 'object',
            required: ['key', 'name'],
            additionalProperties: false,
            properties: {
              key: { type: 'string', pattern: '^[a-z0-9-]{1,64}$' },
              name: TEXTS,
              description: TEXTS,
              default: { type: 'boolean', default: true, description: 'on or off for who has said nothing' },
            },
          },
        },
      },
    },
  })
  change(@Body() body: unknown): Promise<TopicsSetting> {
    return this.topics.change(body);
  }
}
