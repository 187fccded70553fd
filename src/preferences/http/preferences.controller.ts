import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../../access/roles';
import { FREQUENCIES } from '../../customers/wishes';
import { Refusal } from '../../kernel/errors';
import { AppLogger } from '../../platform/logging/logger';
import { PAGE_LANGUAGES } from '../../tracking/page-language';
import { PublicPages } from '../../tracking/public-pages';
import { type Subscriber, Subscribers } from '../../tracking/subscribers.service';
import { TrackingService } from '../../tracking/tracking.service';
import { hitRequestOf } from '../../tracking/hit-request';
import { type Action, ACTIONS, type PreferenceForm, readPreferenceForm } from '../domain/preference-form';
import { PreferenceDesk } from '../preference-desk';
import { erasedPage, erasePage, nobodysPage, preferencesPage } from './preference-pages';

const BODY = {
  schema: {
    type: 'object',
    required: ['action'],
    properties: {
      action: { type: 'string', enum: [...ACTIONS] },
      topic: { type: 'array', items: { type: 'string' }, description: 'with mails: the topics that are wanted' },
      frequency: { type: 'string', enum: ['', ...Object.keys(FREQUENCIES)], description: 'with mails' },
      locale: { type: 'string', enum: [...PAGE_LANGUAGES], description: 'with language' },
      opens: { type: 'string', enum: ['yes'], description: 'with tracking' },
      clicks: { type: 'string', enum: ['yes'], description: 'with tracking' },
      confirm: { type: 'string', enum: ['yes'], description: 'with erase: the second step' },
    },
  },
};

/** Somebody who came by a link of theirs, and what they want. */
interface Visit {
  person: Subscriber & { customerId: string };
  form: PreferenceForm;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** The preference centre. The token of the link is the credential. */
@ApiTags('public')
@Controller('p')
export class PreferencesController {
  constructor(
    private readonly tracking: TrackingService,
    private readonly subscribers: Subscribers,
    private readonly desk: PreferenceDesk,
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
    if (!isSomebody(person)) return this.pages.send(reply, nobodysPage(this.pages.languageFor(request, person)));
    await this.guarded(request, reply, () => this.sendPreferences(request, reply, person));
  }

  /** One of the page's forms; answers with the page as it is then, with `export` with a file. */
  @Post(':token')
  @Public()
  @HttpCode(200)
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody(BODY)
  @ApiOkResponse({ description: 'The preference page, changed; with `export` everything that is stored, as JSON.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours.' })
  async change(
    @Param('token') token: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const person = await this.person(token);
    if (typeof person === 'string') return this.pages.sendProblem(reply, request, person);
    const { form, faults } = readPreferenceForm(body, PAGE_LANGUAGES);
    if (faults.length > 0) throw Refusal.invalid(faults);
    // A test mail is nobody's, but its page says so of unsubscribing as of all else.
    if (!isSomebody(person)) return this.pages.send(reply, nobodysPage(this.pages.languageFor(request, person)));
    await this.guarded(request, reply, () => this.act({ person, form, request, reply }));
  }

  private async act(visit: Visit): Promise<void> {
    const { person, form } = visit;
    const { customerId } = person;
    switch (form.action) {
      case 'mails':
        await this.desk.chooseMails(customerId, form.topics, form.frequency);
        return this.saved(visit);
      case 'pause':
        await this.desk.pause(customerId);
        return this.saved(visit);
      case 'resume':
        await this.desk.resume(customerId);
        return this.saved(visit);
      case 'language':
        return this.chooseLanguage(visit);
      case 'tracking':
        await this.desk.chooseTracking(customerId, form.tracking);
        return this.saved(visit);
      case 'unsubscribe':
        return this.unsubscribe(visit);
      case 'export':
        return this.export(visit);
      case 'erase':
        return this.erase(visit);
      default:
        return form.action satisfies never;
    }
  }

  private async chooseLanguage(visit: Visit): Promise<void> {
    const { person, form } = visit;
    const { locale } = form;
    if (locale === undefined) return this.saved(visit);
    await this.subscribers.chooseLanguage(person.customerId, locale);
    await this.saved({ ...visit, person: { ...person, locale } });
  }

  private async unsubscribe({ person, request, reply }: Visit): Promise<void> {
    const outcome = await this.tracking.unsubscribe(person.messageId, 'preferences', hitRequestOf(request));
    if (outcome === 'unknown' || outcome === 'unavailable') return this.pages.sendProblem(reply, request, outcome);
    const language = this.pages.languageFor(request, person);
    const { messageId } = person;
    await this.pages.sendLeft(reply, language, { messageId, soon: outcome === 'kept', asks: true });
  }

  private async export(visit: Visit): Promise<void> {
    const { person, request, reply } = visit;
    if (!(await this.desk.isRecent(person.messageId))) return this.sendPreferences(request, reply, person, 'export');
    const data = await this.desk.export(person.customerId);
    if (!data) return this.pages.sendProblem(reply, request, 'unknown');
    await reply
      .status(200)
      .header('content-type', 'application/json; charset=utf-8')
      .header('content-disposition', 'attachment; filename="my-data.json"')
      .header('cache-control', 'no-store')
      .header('x-robots-tag', 'noindex, nofollow')
      .send(JSON.stringify(data, null, 2));
  }

  private async erase({ person, form, request, reply }: Visit): Promise<void> {
    const language = this.pages.languageFor(request, person);
    if (!(await this.desk.isRecent(person.messageId))) return this.sendPreferences(request, reply, person, 'erase');
    if (!form.confirmed) return this.pages.send(reply, erasePage(language, this.pages.shop));
    await this.desk.erase(person.customerId);
    await this.pages.send(reply, erasedPage(language, this.pages.shop));
  }

  private saved({ person, form, request, reply }: Visit): Promise<void> {
    return this.sendPreferences(request, reply, person, form.action);
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

  private async guarded(request: FastifyRequest, reply: FastifyReply, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.logger.failure('a preference page failed', error);
      await this.pages.sendProblem(reply, request, 'unavailable');
    }
  }

  private async sendPreferences(
    request: FastifyRequest,
    reply: FastifyReply,
    person: Visit['person'],
    saved?: Action,
  ): Promise<void> {
    const language = this.pages.languageFor(request, person);
    const preferences = await this.desk.view(person.customerId, language);
    const tooOld = saved === 'export' || saved === 'erase';
    const page = preferencesPage({ language, shop: this.pages.shop, person, preferences, saved, tooOld });
    await this.pages.send(reply, page);
  }
}

function isSomebody(person: Subscriber): person is Visit['person'] {
  return person.customerId !== null;
}
