import { Module } from '@nestjs/common';
import { Affinities } from './affinities';
import { CatalogIngest } from './catalog-ingest';
import { AffinityStore } from './data/affinity-store';
import { BasketReader } from './data/basket-reader';
import { ProductsController } from './http/products.controller';
import { AffinityRefresh } from './jobs/affinity-refresh';
import { ReplenishRefresh } from './jobs/replenish-refresh';
import { ProductsService } from './products.service';
import { Recommendations } from './recommendations';
import { ReplenishTimes } from './replenish-times';

/** Products, which are bought together, recommendations, after how long they are bought again. */
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
    ReplenishRefresh,
    ReplenishTimes,
  ],
  exports: [Affinities, CatalogIngest, ProductsService, Recommendations, ReplenishTimes],
})
export class CatalogModule {}
