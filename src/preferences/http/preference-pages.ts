import { PAGE_LANGUAGES, type PageLanguage } from '../../tracking/page-language';
import { card, escapeHtml, type Page } from '../../tracking/public-page';
import { type Subscriber } from '../../tracking/subscribers.service';
import { type Action } from '../domain/preference-form';
import { type Preferences, type ShownTopic } from '../preference-desk';
import { PREFERENCE_TEXTS, type PreferenceTexts } from './preference-texts';

/** What the page is drawn from. */
export interface PreferencePage {
  language: PageLanguage;
  shop: string;
  person: Subscriber;
  preferences: Preferences;
  /** What was just saved. */
  saved?: Action | undefined;
  /** Whether the link is too old for what gives data out or away; said where it was asked for. */
  tooOld?: boolean;
}

/** For who has nothing to decide: a test mail, or a person who was erased. */
export function nobodysPage(language: PageLanguage): Page {
  const texts = PREFERENCE_TEXTS[language];
  const body = card(`<h1>${texts.title}</h1>`, `<p>${texts.notAPerson}</p>`);
  return { status: 200, language, title: texts.title, body };
}

/** Everything that can be decided, a form each. */
export function preferencesPage(page: PreferencePage): Page {
  const { language, person } = page;
  const texts = PREFERENCE_TEXTS[language];
  const shop = escapeHtml(page.shop);
  const intro = card(`<h1>${texts.title}</h1>`, `<p>${texts.intro(shop)}</p>`);
  const mails = person.unsubscribed ? [] : [mailsCard(page, texts), pauseCard(page, texts)];
  const parts = [
    intro,
    ...mails,
    languageCard(page, texts),
    trackingCard(page, texts, shop),
    leaveCard(page, texts, shop),
    dataCard(page, texts, shop),
  ];
  return { status: 200, language, title: texts.title, body: parts.join('\n') };
}

/** The second step of erasing: nothing has happened yet. */
export function erasePage(language: PageLanguage, shopName: string): Page {
  const texts = PREFERENCE_TEXTS[language];
  const body = card(
    `<h1>${texts.eraseTitle}</h1>`,
    `<p>${texts.eraseQuestion(escapeHtml(shopName))}</p>`,
    `<p>${texts.eraseNote}</p>`,
    form('erase', '<input type="hidden" name="confirm" value="yes">', button(texts.eraseConfirm)),
    `<p><a href="">${texts.eraseBack}</a></p>`,
  );
  return { status: 200, language, title: texts.eraseTitle, body };
}

export function erasedPage(language: PageLanguage, shopName: string): Page {
  const texts = PREFERENCE_TEXTS[language];
  const body = card(`<h1>${texts.erasedTitle}</h1>`, `<p>${texts.erased(escapeHtml(shopName))}</p>`);
  return { status: 200, language, title: texts.erasedTitle, body };
}

function mailsCard(page: PreferencePage, texts: PreferenceTexts): string {
  const { topics, frequency } = page.preferences;
  const boxes = topics.length === 0 ? '' : fieldset(texts.topicsLegend, topics.map(topicBox));
  const options = (['shop', 'weekly', 'monthly'] as const).map((name) =>
    option(name === 'shop' ? '' : name, texts.frequencies[name], name === (frequency ?? 'shop')),
  );
  const often = select('frequency', texts.frequencyLabel, options);
  return card(
    `<h2>${texts.mailsTitle}</h2>`,
    said(page, texts, 'mails'),
    form('mails', boxes, often, button(texts.mailsButton)),
  );
}

function pauseCard(page: PreferencePage, texts: PreferenceTexts): string {
  const { pausedUntil, zone } = page.preferences;
  const language = page.language === 'en' ? 'en-GB' : page.language;
  const day =
    pausedUntil && new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: zone }).format(pausedUntil);
  const parts =
    day === null
      ? [`<p>${texts.pauseText}</p>`, form('pause', button(texts.pauseButton, 'second'))]
      : [`<p>${texts.pausedUntil(day)}</p>`, form('resume', button(texts.resumeButton, 'second'))];
  return card(`<h2>${texts.pauseTitle}</h2>`, said(page, texts, 'pause') || said(page, texts, 'resume'), ...parts);
}

function languageCard(page: PreferencePage, texts: PreferenceTexts): string {
  const { person, language } = page;
  const current = (person.locale ?? person.messageLocale ?? language).slice(0, 2).toLowerCase();
  const options = PAGE_LANGUAGES.map((code) =>
    option(code, PREFERENCE_TEXTS[code].languageName, code === current, ` lang="${code}"`),
  );
  return card(
    `<h2>${texts.languageTitle}</h2>`,
    said(page, texts, 'language'),
    form('language', select('locale', texts.languageLabel, options), button(texts.languageButton)),
  );
}

function trackingCard(page: PreferencePage, texts: PreferenceTexts, shop: string): string {
  const { opens, clicks } = page.preferences.tracking;
  return card(
    `<h2>${texts.trackingTitle}</h2>`,
    said(page, texts, 'tracking'),
    form(
      'tracking',
      fieldset(texts.trackingText(shop), [
        box('opens', 'yes', texts.opens, opens),
        box('clicks', 'yes', texts.clicks, clicks),
      ]),
      button(texts.trackingButton),
    ),
  );
}

function leaveCard({ person }: PreferencePage, texts: PreferenceTexts, shop: string): string {
  const title = `<h2>${texts.leaveTitle}</h2>`;
  if (person.unsubscribed) return card(title, `<p>${texts.already(shop)}</p>`);
  return card(
    title,
    `<p>${texts.leaveQuestion(shop)}</p>`,
    form('unsubscribe', button(texts.leaveButton, 'second')),
    `<p class="quiet">${texts.leaveNote}</p>`,
  );
}

function dataCard({ tooOld }: PreferencePage, texts: PreferenceTexts, shop: string): string {
  return card(
    `<h2>${texts.dataTitle}</h2>`,
    tooOld ? `<p class="wrong" role="alert">${texts.tooOld}</p>` : '',
    `<p>${texts.exportText(shop)}</p>`,
    form('export', button(texts.exportButton, 'second')),
    `<p>${texts.eraseText}</p>`,
    form('erase', button(texts.eraseButton, 'second')),
  );
}

function said({ saved }: PreferencePage, texts: PreferenceTexts, action: Action): string {
  return saved === action ? `<p class="said" role="status">${texts.saved}</p>` : '';
}

function form(action: Action, ...parts: string[]): string {
  return `<form method="post">
<input type="hidden" name="action" value="${action}">
${parts.filter(Boolean).join('\n')}
</form>`;
}

function button(text: string, style = ''): string {
  return `<p><button type="submit"${style ? ` class="${style}"` : ''}>${text}</button></p>`;
}

function fieldset(legend: string, boxes: readonly string[]): string {
  return `<fieldset>
<legend><span class="asked">${legend}</span></legend>
${boxes.join('\n')}
</fieldset>`;
}

function topicBox({ key, name, description, on }: ShownTopic): string {
  const more = description === null ? '' : `<br><span class="quiet">${escapeHtml(description)}</span>`;
  return box('topic', key, `<strong>${escapeHtml(name)}</strong>${more}`, on);
}

function box(name: string, value: string, label: string, checked: boolean): string {
  const state = checked ? ' checked' : '';
  return `<label class="check"><input type="checkbox" name="${name}" value="${escapeHtml(value)}"${state}><span>${label}</span></label>`;
}

function select(name: string, label: string, options: readonly string[]): string {
  return `<label for="${name}">${label}</label>
<select id="${name}" name="${name}">
${options.join('\n')}
</select>`;
}

function option(value: string, text: string, selected: boolean, more = ''): string {
  return `<option value="${value}"${more}${selected ? ' selected' : ''}>${text}</option>`;
}
