import { Module } from '@nestjs/common';
import { AffinityReports } from './affinity-reports';
import { CatalogIngest } from './catalog-ingest';
import { AffinityStore } from './data/affinity-store';
import { BasketReader } from './data/basket-reader';
import { CatalogController } from './http/catalog.controller';
import { AffinityRefresh } from './jobs/affinity-refresh';
import { ProductsService } from './products.service';
import { Recommendations } from './recommendations';

/** Products, which are bought together, recommendations. */
@Module({
  controllers: [CatalogController],
  providers: [
    AffinityRefresh,
    AffinityReports,
    AffinityStore,
    BasketReader,
    CatalogIngest,
    ProductsService,
    Recommendations,
  ],
  exports: [CatalogIngest, ProductsService, Recommendations],
})
export class CatalogModule {}
