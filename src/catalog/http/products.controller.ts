import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { Roles, SHOP_READERS } from '../../access/roles';
import { type Page, PageQuery } from '../../platform/http/page';
import { type ListedProduct } from '../catalog.types';
import { ProductsService } from '../products.service';

export class ProductQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(255) externalId?: string;
}

/** What the shop sells. */
@ApiTags('products')
@Controller('api/v1/products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  /** Products, the newest first. */
  @Get()
  @Roles(...SHOP_READERS)
  list(@Query() query: ProductQuery): Promise<Page<ListedProduct>> {
    return this.products.list(query.externalId, query);
  }
}
