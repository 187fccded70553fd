import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ADMIN, type Role, Roles } from '../../access/roles';
import { type Page } from '../../platform/http/page';
import { DeliveryLog } from '../delivery-log';
import { COMMON_FIELDS, EVENT_TYPES, type EventType } from '../domain/event-types';
import { type Envelope } from '../domain/envelope';
import { WebhookEndpoints } from '../endpoints.service';
import { type DeliveryView, type EndpointView } from '../webhooks.types';
import {
  ChangeEndpoint,
  CreateEndpoint,
  DeliveriesOfEndpoint,
  EndpointBody,
  ReplaySince,
  RotateEndpointSecret,
} from './webhook-endpoints.dto';

/** Endpoints are the administrators'; analysts may read everything but keys, sources and the audit log. */
const LOOKERS: readonly Role[] = ['analyst', 'admin'];

/** Our events out: who is told of what, signed by Standard Webhooks. */
@ApiTags('events out')
@Controller('api/v1/webhook-endpoints')
export class WebhookEndpointsController {
  constructor(private readonly endpoints: WebhookEndpoints) {}

  /** Makes an endpoint. `secret` is told here and never again. From this answer on it is told everything it wants. */
  @Post()
  @Roles(...ADMIN)
  async create(@Body() body: CreateEndpoint): Promise<Omit<EndpointView, 'secret'> & { secret: string }> {
    const { secret, ...view } = await this.endpoints.create(body);
    return { ...view, secret: secret.value };
  }

  /** The endpoints, newest first, each with its health; 50 at most, so all at once. */
  @Get()
  @Roles(...LOOKERS)
  async list(): Promise<Page<EndpointView>> {
    return { items: await this.endpoints.list(), nextCursor: null };
  }

  /** What can be subscribed to, with the fields of each type. */
  @Get('event-types')
  @Roles(...LOOKERS)
  eventTypes(): { items: Array<EventType & { type: string }> } {
    const items = Object.entries<EventType>(EVENT_TYPES).map(([type, { says, data }]) => ({
      type,
      says,
      data: { ...COMMON_FIELDS, ...data },
    }));
    return { items };
  }

  /** One endpoint: whether it is on, why not, since when it fails, how much waits. */
  @Get(':id')
  @Roles(...LOOKERS)
  get(@Param('id', ParseUUIDPipe) id: string): Promise<EndpointView> {
    return this.endpoints.get(id);
  }

  /** Changes what is named: other events, another address, on (`enabled: true`) or off. */
  @Patch(':id')
  @Roles(...ADMIN)
  change(@Param('id', ParseUUIDPipe) id: string, @Body() body: ChangeEndpoint): Promise<EndpointView> {
    return this.endpoints.change(id, body);
  }

  /** Replaces the endpoint; what is left out is emptied, but for `enabled`. */
  @Put(':id')
  @Roles(...ADMIN)
  replace(@Param('id', ParseUUIDPipe) id: string, @Body() body: EndpointBody): Promise<EndpointView> {
    const { name = null, description = null, url, events, enabled } = body;
    return this.endpoints.change(id, { name, description, url, events, enabled });
  }

  /** Removes the endpoint and what waits for it. */
  @Delete(':id')
  @HttpCode(204)
  @Roles(...ADMIN)
  remove(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.endpoints.remove(id);
  }

  /** A new secret, told this once. For a day events carry a signature by the one before as well. */
  @Post(':id/secrets')
  @Roles(...ADMIN)
  rotate(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: RotateEndpointSecret,
  ): Promise<{ secret: string; previousValidUntil: string }> {
    return this.endpoints.rotateSecret(id, body.secret);
  }
}

/** What became of what was told. */
@ApiTags('events out')
@Controller('api/v1/webhook-endpoints/:id')
export class WebhookDeliveriesController {
  constructor(private readonly log: DeliveryLog) {}

  /** Sends an event of type `ping`; how it fared stands in the deliveries. 409 while the endpoint is off. */
  @Post('test')
  @HttpCode(202)
  @Roles(...ADMIN)
  test(@Param('id', ParseUUIDPipe) id: string): Promise<DeliveryView> {
    return this.log.ping(id);
  }

  /** What was told to the endpoint in the last 30 days, newest first, with the last answer; by status or type. */
  @Get('deliveries')
  @Roles(...LOOKERS)
  list(@Param('id', ParseUUIDPipe) id: string, @Query() query: DeliveriesOfEndpoint): Promise<Page<DeliveryView>> {
    return this.log.list(id, query);
  }

  /** One delivery with its event; null where the person was erased. */
  @Get('deliveries/:deliveryId')
  @Roles(...LOOKERS)
  get(
    @Param('id', ParseUUIDPipe) id: string,
    @Param('deliveryId', ParseUUIDPipe) deliveryId: string,
  ): Promise<DeliveryView & { event: Envelope | null }> {
    return this.log.get(id, deliveryId);
  }

  /** Tells one event once more, delivered or not, under the same id. */
  @Post('deliveries/:deliveryId/replay')
  @HttpCode(200)
  @Roles(...ADMIN)
  replay(
    @Param('id', ParseUUIDPipe) id: string,
    @Param('deliveryId', ParseUUIDPipe) deliveryId: string,
  ): Promise<DeliveryView> {
    return this.log.replay(id, deliveryId);
  }

  /** Tells everything again since an instant that failed or was missed; 50,000 at a time. */
  @Post('replay')
  @HttpCode(200)
  @Roles(...ADMIN)
  replaySince(
    @Param('id', ParseUUIDPipe) id: string,
    @Body() { since }: ReplaySince,
  ): Promise<{ queued: number; more: boolean }> {
    return this.log.replaySince(id, new Date(since));
  }
}
