import { type PageLanguage } from '../../tracking/page-language';
import { type ExitReason } from '../domain/exit-reason';

interface ExitTexts {
  question: string;
  optional: string;
  reasons: Record<ExitReason, string>;
  words: string;
  wordsOptional: string;
  button: string;
  nothingSaid: string;
  thanksTitle: string;
  thanks: (shop: string) => string;
  before: string;
}

const en: ExitTexts = {
  question: 'Would you tell us why?',
  optional: 'You are unsubscribed either way. We ask only this once.',
  reasons: {
    too_many: 'Too many e‑mails',
    not_relevant: 'They are not about what I care for',
    never_signed_up: 'I never signed up for them',
    bought_elsewhere: 'I buy elsewhere now',
    other: 'Something else',
  },
  words: 'In your own words',
  wordsOptional: 'optional',
  button: 'Send',
  nothingSaid: 'Choose one of the reasons, or say it in your own words. You can also just close this page.',
  thanksTitle: 'Thank you',
  thanks: (shop) => `This helps ${shop} to do better. You are unsubscribed; there is nothing else to do.`,
  before: 'You have told us before, and we keep what you said then. You are unsubscribed; there is nothing else to do.',
};

const it: ExitTexts = {
  question: 'Ci dici perché?',
  optional: 'La disiscrizione è già fatta, in ogni caso. Te lo chiediamo solo questa volta.',
  reasons: {
    too_many: 'Troppe e‑mail',
    not_relevant: 'Non parlano di ciò che mi interessa',
    never_signed_up: 'Non ho mai chiesto di riceverle',
    bought_elsewhere: 'Ora compro altrove',
    other: 'Un altro motivo',
  },
  words: 'Con parole tue',
  wordsOptional: 'facoltativo',
  button: 'Invia',
  nothingSaid: 'Scegli uno dei motivi, oppure dillo con parole tue. Puoi anche chiudere questa pagina.',
  thanksTitle: 'Grazie',
  thanks: (shop) => `Aiuta ${shop} a fare meglio. La disiscrizione è fatta: non devi fare altro.`,
  before: 'Ce l’hai già detto, e teniamo quello che hai detto allora. La disiscrizione è fatta: non devi fare altro.',
};

export const EXIT_TEXTS: Readonly<Record<PageLanguage, ExitTexts>> = { en, it };
