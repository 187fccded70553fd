import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsString, MaxLength, ValidateNested } from 'class-validator';
import { ADMIN, READERS, Roles } from '../../access/roles';
import { type WarmUpPlan } from '../domain/warm-up';
import {
  type DestinationView,
  SendingPace,
  type UncertainView,
  type WarmUpSetting,
  type WarmUpToday,
} from '../sending-pace';

class WarmUpPlanBody implements WarmUpPlan {
  /** Domain of the From address. */
  @IsString() @MaxLength(253) domain!: string;
  /** First day, `2026-11-23`, in the store's zone. */
  @IsString() @MaxLength(10) startsOn!: string;
  /** Mails at the most on the first day, the second, ...; no cap after the last. */
  @IsArray() @ArrayMaxSize(366) @IsInt({ each: true }) perDay!: number[];
}

/** Body of `PUT /api/v1/settings/warm-up`. */
class WarmUpBody {
  @IsArray() @ArrayMaxSize(100) @ValidateNested({ each: true }) @Type(() => WarmUpPlanBody) plans!: WarmUpPlanBody[];
}

/** How fast mail goes out. */
@ApiTags('messages')
@Controller('api/v1')
export class SendingPaceController {
  constructor(private readonly pace: SendingPace) {}

  /** Daily caps of new sending domains, and what of today's is used. */
  @Get('settings/warm-up')
  @Roles(...READERS)
  warmUp(): Promise<WarmUpSetting & { today: WarmUpToday[] }> {
    return this.pace.warmUp();
  }

  /** Replaces the plans. A mail over the cap of its sending domain waits for the next day (`heldBy: "warm_up"`). */
  @Put('settings/warm-up')
  @Roles(...ADMIN)
  changeWarmUp(@Body() { plans }: WarmUpBody): Promise<WarmUpSetting & { today: WarmUpToday[] }> {
    return this.pace.changeWarmUp({ plans });
  }

  /** Destination groups that asked for a slower pace within the last day, and the limits that they have now. */
  @Get('destinations')
  @Roles('analyst', 'admin')
  async destinations(): Promise<{ items: DestinationView[]; nextCursor: null }> {
    return { items: await this.pace.destinations(), nextCursor: null };
  }

  /** Uncertain mails counted by day and campaign; the mails themselves: `GET /messages?status=uncertain`. */
  @Get('uncertain')
  @Roles(...READERS)
  async uncertain(): Promise<{ total: number; items: UncertainView[]; nextCursor: null }> {
    const items = await this.pace.uncertain();
    return { total: items.reduce((sum, { count }) => sum + count, 0), items, nextCursor: null };
  }
}
