import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AppConfig } from './config';

/** Makes the configuration, parsed once by the entry point, injectable everywhere. */
@Global()
@Module({})
export class AppConfigModule {
  static with(config: AppConfig): DynamicModule {
    return { module: AppConfigModule, providers: [{ provide: AppConfig, useValue: config }], exports: [AppConfig] };
  }
}
