import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { Surveys } from '../surveys/surveys.service';
import { listResponses, type ResponseRow } from './data/list-responses.sql';
import { type ResponseView } from './responses.types';

/** Filters of the list; `campaign` is an id or a key. */
export interface ResponseQuery extends PageQuery {
  search?: string;
  minScore?: number;
  maxScore?: number;
  choice?: string;
  campaign?: string;
  customerId?: string;
}

/** The answers to a survey, for the shop to read. */
@Injectable()
export class ResponseList {
  constructor(
    private readonly database: Database,
    private readonly surveys: Surveys,
  ) {}

  /** Newest first. @throws Refusal 404: no such survey; 422: no such campaign. */
  async list(ref: string, query: ResponseQuery): Promise<Page<ResponseView>> {
    const { id: surveyId } = await this.surveys.get(ref);
    const before = query.cursor === undefined ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
    const { search, minScore = null, maxScore = null, choice = null, customerId = null } = query;
    const campaignId = query.campaign === undefined ? null : await this.campaignId(query.campaign);
    const words = search?.trim() ?? '';
    const filter = {
      surveyId,
      search: words === '' ? null : words,
      minScore,
      maxScore,
      choice,
      campaignId,
      customerId,
    };
    const rows = await this.database.query<ResponseRow>(listResponses(filter, before, query.limit + 1));
    return pageOf(rows, query.limit, viewOf, (row) => [row.id]);
  }

  private async campaignId(ref: string): Promise<string> {
    const [campaign] = await this.database.query<{ id: string }>(
      `select id from campaigns where ${isUuid(ref) ? 'id' : 'key'} = $1`,
      [ref],
    );
    if (!campaign) throw Refusal.invalid([{ path: 'campaign', message: 'does not exist' }]);
    return campaign.id;
  }
}

function viewOf({ customerId, externalId, email, firstName, lastName, ...row }: ResponseRow): ResponseView {
  return {
    ...row,
    score: row.score === null ? null : Number(row.score),
    customer: { id: customerId, externalId, email, firstName, lastName },
    answeredAt: row.answeredAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
