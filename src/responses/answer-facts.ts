import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactSource, FactSources } from '../customers/fact-source';
import { type FactReader } from '../customers/facts';
import { SURVEY } from './data/survey-happening';

/** What people answered: the happenings `survey` of conditions. It has no fields. */
@Injectable()
export class AnswerFacts implements FactSource, OnModuleInit {
  readonly name = 'responses';
  readonly fields = [];
  readonly happenings = [SURVEY];

  constructor(private readonly sources: FactSources) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  load(): Promise<Map<string, FactReader>> {
    return Promise.resolve(new Map<string, FactReader>());
  }

  timelines(): Promise<Map<string, FactReader>> {
    return Promise.resolve(new Map<string, FactReader>());
  }
}
