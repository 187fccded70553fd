import 'reflect-metadata';
import { setPriority } from 'node:os';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccessModule } from './access/access.module';
import { CampaignsModule } from './campaigns/campaigns.module';
import { CatalogModule } from './catalog/catalog.module';
import { CustomersModule } from './customers/customers.module';
import { SimulationModule } from './enrollments/simulation/simulation.module';
import { type SimulationOrder, type SimulationWord } from './enrollments/simulation/simulation-process';
import { Simulator } from './enrollments/simulation/simulator';
import { MessagesModule } from './messages/messages.module';
import { OrdersModule } from './orders/orders.module';
import { AppConfig } from './platform/config/config';
import { AppConfigModule } from './platform/config/config.module';
import { DatabaseModule } from './platform/database/database.module';
import { PlatformModule } from './platform/platform.module';
import { PredictionsModule } from './predictions/predictions.module';
import { SegmentsModule } from './segments/segments.module';
import { TemplatesModule } from './templates/templates.module';
import { EngagementFacts } from './tracking/engagement-facts';

/** The engine goes first wherever both want the machine. */
const NICE = 10;

/** Every module that knows facts, and none that listens to anything: of tracking its facts alone. */
@Module({})
class SimulationProgram {
  static with(config: AppConfig, databaseUrl: string): DynamicModule {
    return {
      module: SimulationProgram,
      imports: [
        AppConfigModule.with(config),
        DatabaseModule.at(databaseUrl),
        PlatformModule,
        AccessModule,
        CustomersModule,
        OrdersModule,
        CatalogModule,
        PredictionsModule,
        SegmentsModule,
        TemplatesModule,
        CampaignsModule,
        SimulationModule,
        MessagesModule,
      ],
      providers: [EngagementFacts],
    };
  }
}

/**
 * The program of one simulation: takes its order from the process that started it, says how far it is, and ends with the
 * result; without that process it ends at once. It has no loops (its role is `api`), no test clock, and writes nothing.
 */
async function main(): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const { config, databaseUrl, job } = await new Promise<SimulationOrder>((resolve) =>
    process.once('message', (order) => resolve(order as SimulationOrder)),
  );
  setPriority(NICE);
  const reading = { ...config, role: 'api', testClock: undefined, adminApiKey: undefined, databasePool: 2 };
  const settings = Object.freeze(Object.assign(Object.create(AppConfig.prototype) as AppConfig, reading));
  const module = SimulationProgram.with(settings, databaseUrl);
  const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  const result = await app
    .get(Simulator, { strict: false })
    .run(job, { progress: (progress) => say({ kind: 'progress', ...progress }) });
  say({ kind: 'done', result });
}

function say(word: SimulationWord): void {
  process.send?.(word);
}

main().catch((error: unknown) => {
  say({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
});
