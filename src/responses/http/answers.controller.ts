import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiNotFoundResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Public } from '../../access/roles';
import { AppLogger } from '../../platform/logging/logger';
import { followUpAsked, offered } from '../../surveys/asked-survey';
import { type PageLanguage } from '../../tracking/page-language';
import { PublicPages } from '../../tracking/public-pages';
import { AnswerDesk, type Asked } from '../answer-desk';
import { type AnswerFault, type AnswerForm, readAnswer, readWords } from '../domain/read-answer';
import { answeredPage, closedPage, questionPage, type SurveyPage, thanksPage, wordsThanksPage } from './survey-pages';

/** The pages behind the score links of a mail. The token is the credential. */
@ApiTags('public')
@Controller('s')
export class AnswersController {
  constructor(
    private readonly desk: AnswerDesk,
    private readonly pages: PublicPages,
    private readonly logger: AppLogger,
  ) {}

  /** The question, with the score of the link chosen. Changes nothing: link scanners and previews come here too. */
  @Get(':token')
  @Public()
  @ApiOkResponse({ description: 'The question.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours, or its time is over.' })
  async show(
    @Param('token') token: string,
    @Query('mine') mine: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = await this.asked(token);
    if (typeof asked === 'string') return this.pages.sendProblem(reply, request, asked);
    const page = this.pageOf(asked, request);
    if (asked.standing === 'closed') return this.pages.send(reply, closedPage(page.language, page.shop));
    if (asked.standing === 'answered') return this.pages.send(reply, answeredPage(page.language, 200));
    await this.pages.send(reply, questionPage(page, filledIn(asked, page.locale, mine !== undefined)));
  }

  /**
   * Records what the page's form says: `score`, `choice`, or `recommend`, `buyAgain` and `tryOthers`, with `comment`; or,
   * with `part=follow-up`, `followUpAnswer`. 422: nothing or nothing possible was chosen, or the text is too long; 409: it
   * was answered more than a day ago.
   */
  @Post(':token')
  @Public()
  @HttpCode(200)
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiOkResponse({ description: 'Thanks, and what is asked on.' })
  @ApiNotFoundResponse({ description: 'Not a token of ours, or its time is over.' })
  async answer(
    @Param('token') token: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asked = await this.asked(token);
    if (typeof asked === 'string') return this.pages.sendProblem(reply, request, asked);
    const page = this.pageOf(asked, request);
    if (asked.standing === 'closed') return this.pages.send(reply, closedPage(page.language, page.shop));
    if (asked.standing === 'answered') return this.pages.send(reply, answeredPage(page.language, 409));
    const form = formOf(body);
    try {
      const posted = { asked, page, form, request, reply };
      await (form.part === 'follow-up' ? this.addWords(posted) : this.record(posted));
    } catch (error) {
      this.logger.failure('an answer cannot be recorded', error);
      await this.pages.sendProblem(reply, request, 'unavailable');
    }
  }

  private async record({ asked, page, form, request, reply }: Posted): Promise<void> {
    const read = readAnswer(asked.survey, form, page.currency);
    if (!read.ok) return this.pages.send(reply, questionPage(page, form, read.faults));
    const question = followUpAsked(asked.survey, read.answer, page.locale);
    if (asked.standing === 'test') return this.pages.send(reply, thanksPage(page, question));
    const outcome = await this.desk.record(asked, read.answer, page.locale);
    if (outcome === 'gone') return this.pages.sendProblem(reply, request, 'unknown');
    if (outcome === 'too_late') return this.pages.send(reply, answeredPage(page.language, 409));
    const until = page.until ?? this.untilText(asked, page.language, this.desk.untilOfNew());
    await this.pages.send(reply, thanksPage({ ...page, until }, question));
  }

  private async addWords({ asked, page, form, request, reply }: Posted): Promise<void> {
    const faults: AnswerFault[] = [];
    const words = readWords(form.followUpAnswer, 'followUpAnswer', faults);
    const { response } = asked.message;
    if (faults.length > 0) {
      const question = response ? followUpAsked(asked.survey, response, page.locale) : undefined;
      return this.pages.send(reply, thanksPage(page, question ?? '', form, faults));
    }
    if (asked.standing === 'test') return this.pages.send(reply, wordsThanksPage(page));
    // Without an answer there is nothing that it could follow.
    if (!response) return this.pages.send(reply, questionPage(page, filledIn(asked, page.locale, false)));
    const outcome = await this.desk.addWords(asked, words);
    if (outcome === 'gone') return this.pages.sendProblem(reply, request, 'unknown');
    if (outcome === 'too_late') return this.pages.send(reply, answeredPage(page.language, 409));
    await this.pages.send(reply, wordsThanksPage(page));
  }

  private async asked(token: string): Promise<Asked | 'unknown' | 'unavailable'> {
    try {
      return (await this.desk.find(token)) ?? 'unknown';
    } catch (error) {
      this.logger.failure('a survey cannot be shown', error);
      return 'unavailable';
    }
  }

  private pageOf(asked: Asked, request: FastifyRequest): SurveyPage {
    const language = this.pages.languageFor(request, asked.message);
    const { name: shop, currency } = this.pages.store;
    return {
      survey: asked.survey,
      language,
      locale: this.desk.localeOf(asked, language),
      shop,
      currency,
      isTest: asked.standing === 'test',
      until: asked.until && this.untilText(asked, language, asked.until),
    };
  }

  /** In the person's own zone, else the shop's. */
  private untilText({ message }: Asked, language: PageLanguage, until: Date): string {
    const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      hour: '2-digit',
      minute: '2-digit',
      timeZone: message.timezone ?? this.pages.store.timezone,
    });
    return format.format(until);
  }
}

/** A form that was posted, and to what. */
interface Posted {
  asked: Asked;
  page: SurveyPage;
  form: AnswerForm;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** The score of the link, over the answer that stands; with `mine` that answer alone. */
function filledIn({ survey, message, chosen }: Asked, locale: string, mine: boolean): AnswerForm {
  const { response } = message;
  const own = response ? { ...response.answers, ...response } : {};
  const mark = chosen === null || (mine && response) ? undefined : offered(survey, locale)[chosen]?.value;
  if (mark === undefined) return own;
  switch (survey.kind) {
    case 'choice':
      return { ...own, choice: mark };
    case 'loyalty':
      return { ...own, recommend: mark };
    case 'nps':
    case 'csat':
    case 'number':
      return { ...own, score: mark };
    default:
      return survey.kind satisfies never;
  }
}

function formOf(body: unknown): AnswerForm {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as AnswerForm) : {};
}
