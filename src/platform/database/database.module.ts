import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AppConfig } from '../config/config';
import { Database } from './database';
import { DatabaseUrl } from './database-url';
import { dataSourceOptions } from './data-source';

/** The one Postgres, already migrated by the entry point. */
@Global()
@Module({})
export class DatabaseModule {
  static at(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [AppConfig],
          useFactory: (config: AppConfig) => ({
            ...dataSourceOptions({ url, poolSize: config.databasePool, applicationName: `ritorno ${config.role}` }),
            retryAttempts: 0,
          }),
        }),
      ],
      providers: [Database, { provide: DatabaseUrl, useValue: new DatabaseUrl(url) }],
      exports: [Database, DatabaseUrl],
    };
  }
}
