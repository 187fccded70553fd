import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  MaxLength,
  MinLength,
} from 'class-validator';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { type Page, PageQuery } from '../../platform/http/page';
import { ENROLLMENT_STATUSES, type EnrollmentStatus } from '../domain/enrollment-transitions';
import { type EnrolledByHand, EnrollmentDesk } from '../enrollment-desk';
import { type EnrollmentView } from '../enrollment-view';

/** Query of `GET /api/v1/campaigns/:ref/enrollments`. */
export class EnrollmentsQuery extends PageQuery {
  @IsOptional() @IsIn(ENROLLMENT_STATUSES) status?: EnrollmentStatus;
  @IsOptional() @IsUUID() customerId?: string;
}

/** Body of `POST /api/v1/campaigns/:ref/enrollments`: one of the two. */
export class EnrolBody {
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20_000)
  @IsUUID(undefined, { each: true })
  customerIds?: string[];
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) segment?: string;
}

/** Who is in a campaign. */
@ApiTags('enrollments')
@Controller('api/v1/campaigns/:ref/enrollments')
export class EnrollmentsController {
  constructor(private readonly desk: EnrollmentDesk) {}

  /** The enrollments, newest first; by status or customer. */
  @Get()
  @Roles(...READERS)
  list(@Param('ref') ref: string, @Query() query: EnrollmentsQuery): Promise<Page<EnrollmentView>> {
    return this.desk.list(ref, query);
  }

  /** Enrols customers, or who is in a segment now, by the campaign's own rules. */
  @Post()
  @Roles(...EDITORS)
  enrol(@Param('ref') ref: string, @Body() body: EnrolBody): Promise<EnrolledByHand> {
    if (body.customerIds && body.segment === undefined) return this.desk.enrol(ref, body.customerIds);
    if (body.segment !== undefined && !body.customerIds) return this.desk.enrolSegment(ref, body.segment);
    throw Refusal.invalid([{ path: 'customerIds', message: 'give either customerIds or segment' }]);
  }

  /** Takes a person out; what was sent stays. */
  @Delete(':id')
  @HttpCode(204)
  @Roles(...EDITORS)
  remove(@Param('ref') ref: string, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.desk.remove(ref, id);
  }
}
