import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { type Page, PageQuery } from '../../platform/http/page';
import { Suppressions, type SuppressionView } from '../suppressions';

export class SuppressionQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(320) address?: string;
}

export class SuppressionRef {
  @IsOptional() @IsString() @MaxLength(320) address?: string;
}

export class NewSuppressionBody {
  @IsString() @IsNotEmpty() @MaxLength(320) address: string;
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(200) reason: string = 'manual';
}

/** Addresses that get no mail. */
@Controller('api/v1/suppressions')
export class SuppressionsController {
  constructor(private readonly suppressions: Suppressions) {}

  @Get()
  @Roles(...READERS)
  @ApiOperation({ summary: 'The suppressed addresses, newest first' })
  list(@Query() query: SuppressionQuery): Promise<Page<SuppressionView>> {
    return this.suppressions.list(query, query.address);
  }

  @Post()
  @Roles(...EDITORS)
  @ApiOperation({ summary: 'Suppress an address' })
  create(@Body() body: NewSuppressionBody): Promise<SuppressionView> {
    return this.suppressions.create(body.address, body.reason);
  }

  @Delete()
  @HttpCode(204)
  @Roles(...EDITORS)
  @ApiOperation({ summary: 'Lift a suppression, named by ?address=' })
  removeByAddress(@Query() { address }: SuppressionRef): Promise<void> {
    if (!address) throw Refusal.invalid([{ path: 'address', message: 'is required' }]);
    return this.suppressions.remove(address);
  }

  @Delete(':ref')
  @HttpCode(204)
  @Roles(...EDITORS)
  @ApiOperation({ summary: 'Lift a suppression, named by its id or its address' })
  remove(@Param('ref') ref: string): Promise<void> {
    return this.suppressions.remove(ref);
  }
}
