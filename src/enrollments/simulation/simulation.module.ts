import { Module } from '@nestjs/common';
import { CatalogModule } from '../../catalog/catalog.module';
import { IncentivesModule } from '../../incentives/incentives.module';
import { SegmentsModule } from '../../segments/segments.module';
import { EnrollmentsModule } from '../enrollments.module';
import { SimulationsController } from '../http/simulations.controller';
import { CustomerPasts } from './customer-pasts';
import { SimulationPlans } from './simulation-plans';
import { SimulationProcess } from './simulation-process';
import { Simulations } from './simulations.service';
import { Simulator } from './simulator';

/** What a campaign would have done: the rules of the engine over recorded history, on a clock of its own. */
@Module({
  imports: [CatalogModule, EnrollmentsModule, IncentivesModule, SegmentsModule],
  controllers: [SimulationsController],
  providers: [CustomerPasts, SimulationPlans, SimulationProcess, Simulations, Simulator],
  exports: [Simulator],
})
export class SimulationModule {}
