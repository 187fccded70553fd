import { Injectable } from '@nestjs/common';
import { type RecommendationVariables } from '../templates/templates.types';
import { type ClaimedRow } from './data/claim-messages.sql';

/** The products that mails recommend. */
@Injectable()
export class MailRecommendations {
  async load(_rows: readonly ClaimedRow[]): Promise<Map<string, RecommendationVariables[] | 'none'>> {
    return new Map();
  }
}
