import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { AppLogger } from '../../platform/logging/logger';
import { type Subscriber, Subscribers } from '../subscribers.service';
import { TrackingService } from '../tracking.service';
import { hitRequestOf } from './hit-request';
import { PAGE_LANGUAGES, type PageLanguage } from '../page-language';
import { preferencesPage, unsubscribedPage } from './pages';
import { PublicPages } from '../public-pages';

/** One of the page's forms. */
export class PreferenceForm {
  @IsIn(['language', 'unsubscribe']) action!: 'language' | 'unsubscribe';
  @IsOptional() @IsIn(PAGE_LANGUAGES) locale?: PageLanguage;
}

/** The preference centre: the language that a person wants to be written to in, and unsubscribe. */
@ApiTags('public')
@Controller('p')
export class PreferencesController {
  constructor(
    private readonly tracking: TrackingService,
    private readonly subscribers: Subscribers,
    private readonly pages: PublicPages,
    private readonly logger: AppLogger,
  ) {}

  /** The page; changes nothing. */
  @Get(':token')
  @Public()
  @ApiOkResponse({ description: 'The preference page.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours.' })
  async show(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const person = await this.person(token);
    if (typeof person === 'string') return this.pages.sendProblem(reply, request, person);
    await this.sendPreferences(request, reply, person, false);
  }

  /** `action=language&locale=it`, or `action=unsubscribe`; answers with the page as it is then. */
  @Post(':token')
  @Public()
  @HttpCode(200)
  @ApiOkResponse({ description: 'The preference page, changed.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours.' })
  async change(
    @Param('token') token: string,
    @Body() form: PreferenceForm,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const person = await this.person(token);
    if (typeof person === 'string') return this.pages.sendProblem(reply, request, person);
    switch (form.action) {
      case 'language':
        return this.chooseLanguage(person, form.locale, request, reply);
      case 'unsubscribe':
        return this.unsubscribe(person, request, reply);
      default:
        return form.action satisfies never;
    }
  }

  private async chooseLanguage(
    person: Subscriber,
    locale: PageLanguage | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    if (locale === undefined) throw Refusal.invalid([{ path: 'locale', message: 'names the language' }]);
    if (person.customerId !== null) await this.subscribers.chooseLanguage(person.customerId, locale);
    await this.sendPreferences(request, reply, { ...person, locale }, person.customerId !== null);
  }

  private async unsubscribe(person: Subscriber, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const outcome = await this.tracking.unsubscribe(person.messageId, 'preferences', hitRequestOf(request));
    if (outcome === 'unknown' || outcome === 'unavailable') return this.pages.sendProblem(reply, request, outcome);
    const language = this.pages.languageFor(request, person);
    await this.pages.send(reply, unsubscribedPage(language, this.pages.shop, outcome === 'kept'));
  }

  private async person(token: string): Promise<Subscriber | 'unknown' | 'unavailable'> {
    const messageId = this.subscribers.messageOf('preferences', token);
    if (messageId === undefined) return 'unknown';
    try {
      return (await this.subscribers.find(messageId)) ?? 'unknown';
    } catch (error) {
      this.logger.failure('a preference page cannot be shown', error);
      return 'unavailable';
    }
  }

  private async sendPreferences(
    request: FastifyRequest,
    reply: FastifyReply,
    person: Subscriber,
    saved: boolean,
  ): Promise<void> {
    const language = this.pages.languageFor(request, person);
    await this.pages.send(reply, preferencesPage(language, this.pages.shop, person, saved));
  }
}
