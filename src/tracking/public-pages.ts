import { Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { AppConfig } from '../platform/config/config';
import { AppLogger } from '../platform/logging/logger';
import { ExitQuestions } from './exit-questions';
import { problemPage, unsubscribedPage } from './http/pages';
import { pageLanguage, type PageLanguage } from './page-language';
import { type Page, sendPage } from './public-page';

/** Whose languages are known: the person's own, and that of the mail. */
export interface PageReader {
  locale?: string | null;
  messageLocale?: string | null;
}

/** How somebody left. */
export interface Leaving {
  messageId: string;
  /** It is safe, and done as soon as the database is back. */
  soon: boolean;
  /** Whether a person reads the answer: the machines of mailbox providers are asked nothing. */
  asks: boolean;
}

/** What the controllers of public pages share: the shop's name on them, and the language to show them in. */
@Injectable()
export class PublicPages {
  constructor(
    private readonly config: AppConfig,
    private readonly exits: ExitQuestions,
    private readonly logger: AppLogger,
  ) {}

  get store(): AppConfig['store'] {
    return this.config.store;
  }

  get shop(): string {
    return this.config.store.name;
  }

  /** The person's own language, else the mail's, else the browser's, else the shop's. */
  languageFor(request: FastifyRequest, person?: PageReader): PageLanguage {
    const wishes = [
      person?.locale,
      person?.messageLocale,
      request.headers['accept-language'],
      this.config.store.locale,
    ];
    return pageLanguage(...wishes);
  }

  async send(reply: FastifyReply, page: Page): Promise<void> {
    await sendPage(reply, page, this.config.store);
  }

  /** The page after somebody left by a message, with what is asked of a person who stands before it. */
  async sendLeft(reply: FastifyReply, language: PageLanguage, { messageId, soon, asks }: Leaving): Promise<void> {
    const page = unsubscribedPage(language, this.shop, soon);
    // Leaving does not depend on what is asked afterwards.
    const question =
      soon || !asks ? '' : await this.exits.ask(messageId, language).catch((error: unknown) => this.without(error));
    await this.send(reply, { ...page, body: [page.body, question].filter(Boolean).join('\n') });
  }

  private without(error: unknown): string {
    this.logger.failure('nobody asks why somebody left', error);
    return '';
  }

  async sendProblem(reply: FastifyReply, request: FastifyRequest, problem: 'unknown' | 'unavailable'): Promise<void> {
    await this.send(reply, problemPage(problem, this.languageFor(request)));
  }

  /** What was asked for is safe and will be known in a moment: a page that asks again by itself. */
  async sendPatience(reply: FastifyReply, request: FastifyRequest): Promise<void> {
    void reply.header('refresh', '3');
    await this.send(reply, { ...problemPage('unavailable', this.languageFor(request)), status: 200 });
  }
}
