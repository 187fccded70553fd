import { Module } from '@nestjs/common';
import { Affinities } from './affinities';
import { CatalogIngest } from './catalog-ingest';
import { AffinityStore } from './data/affinity-store';
import { BasketReader } from './data/basket-reader';
import { ProductsController } from './http/products.controller';
import { AffinityRefresh } from './jobs/affinity-refresh';
import { ProductsService } from './products.service';
import { Recommendations } from './recommendations';

/** Products, which are bought together, recommendations. */
@Module({
  controllers: [ProductsController],
  providers: [
    AffinityRefresh,
    Affinities,
    AffinityStore,
    BasketReader,
    CatalogIngest,
    ProductsService,
    Recommendations,
  ],
  exports: [Affinities, CatalogIngest, ProductsService, Recommendations],
})
export class CatalogModule {}
