import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles, SHOP_READERS } from '../../access/roles';
import { CSV_MEDIA_TYPE, csvText } from '../../platform/http/csv';
import { type Page, PageQuery } from '../../platform/http/page';
import { type AffinityReport, AffinityReports } from '../affinity-reports';
import { type ProductView } from '../catalog.types';
import { PAIR_SORTS, type PairSort } from '../domain/pair-ranking';
import { ProductsService } from '../products.service';

export class ProductQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(255) externalId?: string;
}

export class AffinityQuery extends PageQuery {
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  )
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  minOrders: number = 5;

  @IsOptional() @IsIn(PAIR_SORTS) sort: PairSort = 'orders';
  @IsOptional() @IsIn(['json', 'csv']) format: 'json' | 'csv' = 'json';
  @IsOptional() @IsISO8601({ strict: true }) asOf?: string;
}

const PAIR_COLUMNS = ['a', 'b', 'orders', 'support', 'confidenceAB', 'confidenceBA', 'lift'] as const;

/** Products, and which of them are bought together. */
@ApiTags('catalog')
@Controller('api/v1')
export class CatalogController {
  constructor(
    private readonly products: ProductsService,
    private readonly affinities: AffinityReports,
  ) {}

  @Get('products')
  @Roles(...SHOP_READERS)
  @ApiOperation({ summary: 'Products, the newest first' })
  list(@Query() query: ProductQuery): Promise<Page<ProductView>> {
    return this.products.list(query.externalId, query);
  }

  @Get('reports/affinities')
  @Roles(...READERS)
  @ApiOperation({ summary: 'Which products are bought together: support, confidence and lift of pairs' })
  async pairs(
    @Query() { asOf, format, ...query }: AffinityQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AffinityReport | string> {
    const report = await this.affinities.pairs({ ...query, ...(asOf ? { asOf: new Date(asOf) } : {}) });
    if (format !== 'csv') return report;
    void reply.type(CSV_MEDIA_TYPE);
    return csvText(
      PAIR_COLUMNS,
      report.items.map((pair) => PAIR_COLUMNS.map((column) => pair[column])),
    );
  }
}
