import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsNotEmpty, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { CSV_MEDIA_TYPE, type CsvCell, csvStream } from '../../platform/http/csv';
import { type Page, PageQuery } from '../../platform/http/page';
import { SUPPRESSION_SCOPES, Suppressions, type SuppressionScope, type SuppressionView } from '../suppressions';

const LARGEST_EVIDENCE = 4_000;
/** What jsonb does not take; JSON escapes no other surrogates. */
const UNSTORABLE = /\\u(0000|d[89ab])/i;

export class SuppressionQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(320) address?: string;
  @IsOptional() @IsIn(SUPPRESSION_SCOPES) scope?: SuppressionScope;
  @IsOptional() @IsString() @MaxLength(200) reason?: string;
  /** Suppressed from this instant on, and before that one. */
  @IsOptional() @IsISO8601({ strict: true }) since?: string;
  @IsOptional() @IsISO8601({ strict: true }) until?: string;
  /** As CSV all of them, without pages; the columns are those of an import. */
  @IsOptional() @IsIn(['json', 'csv']) format?: 'json' | 'csv';
}

export class SuppressionRef {
  @IsOptional() @IsString() @MaxLength(320) address?: string;
  /** Without one: in all scopes. */
  @IsOptional() @IsIn(SUPPRESSION_SCOPES) scope?: SuppressionScope;
}

export class NewSuppressionBody {
  @IsString() @IsNotEmpty() @MaxLength(320) address: string;
  /** `all` mail, or `marketing` alone: transactional mail then still goes out. */
  @IsOptional() @IsIn(SUPPRESSION_SCOPES) scope: SuppressionScope = 'all';
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(200) reason: string = 'manual';
  /** What it rests on: a letter, a ticket, a register. */
  @IsOptional() @IsObject() evidence?: Record<string, unknown>;
}

const HEADER = ['email', 'scope', 'reason', 'at', 'evidence'] as const;

/** Addresses that get no mail. */
@Controller('api/v1/suppressions')
export class SuppressionsController {
  constructor(private readonly suppressions: Suppressions) {}

  @Get()
  @Roles(...READERS)
  @ApiOperation({ summary: 'The suppressed addresses, newest first' })
  async list(@Query() query: SuppressionQuery): Promise<Page<SuppressionView> | StreamableFile> {
    const { address, scope, reason, since, until } = query;
    const [from, to] = [since, until].map((at) => (at === undefined ? undefined : new Date(at)));
    const wish = { address, scope, reason, since: from, until: to };
    if (query.format !== 'csv') return this.suppressions.list(query, wish);
    const disposition = 'attachment; filename="suppressions.csv"';
    return new StreamableFile(csvStream(HEADER, this.lines(wish)), { type: CSV_MEDIA_TYPE, disposition });
  }

  @Post()
  @Roles(...EDITORS)
  @ApiOperation({ summary: 'Suppress an address' })
  create(@Body() body: NewSuppressionBody): Promise<SuppressionView> {
    const evidence = body.evidence === undefined ? '' : JSON.stringify(body.evidence);
    if (evidence.length > LARGEST_EVIDENCE)
      throw Refusal.invalid([{ path: 'evidence', message: `must have ${LARGEST_EVIDENCE} characters or fewer` }]);
    if (UNSTORABLE.test(evidence))
      throw Refusal.invalid([{ path: 'evidence', message: 'must not hold NUL or half characters' }]);
    return this.suppressions.create(body);
  }

  @Delete()
  @HttpCode(204)
  @Roles(...EDITORS)
  @ApiOperation({ summary: 'Lift what an address has, named by ?address=, in one scope or in all' })
  removeByAddress(@Query() { address, scope }: SuppressionRef): Promise<void> {
    if (!address) throw Refusal.invalid([{ path: 'address', message: 'is required' }]);
    return this.suppressions.remove(address, scope);
  }

  @Delete(':ref')
  @HttpCode(204)
  @Roles(...EDITORS)
  @ApiOperation({ summary: 'Lift a suppression, named by its id or its address' })
  remove(@Param('ref') ref: string): Promise<void> {
    return this.suppressions.remove(ref);
  }

  private async *lines(wish: Parameters<Suppressions['all']>[0]): AsyncGenerator<CsvCell[][]> {
    for await (const rows of this.suppressions.all(wish)) {
      yield rows.map(({ address, scope, reason, at, evidence }) => [
        address,
        scope,
        reason,
        at,
        evidence === null ? null : JSON.stringify(evidence),
      ]);
    }
  }
}
