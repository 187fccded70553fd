import { type PageLanguage } from '../../tracking/page-language';
import { type SurveyKind } from '../../surveys/surveys.types';

/** The words of the survey pages, one record a language. `shop` and instants are already escaped. */
export interface SurveyTexts {
  /** What the ends of a scale mean. */
  ends: Readonly<Record<Exclude<SurveyKind, 'choice' | 'number'>, { low: string; high: string }>>;
  scale: (low: number, high: number) => string;
  amount: string;
  amountHint: (low: string, high: string) => string;
  comment: string;
  optional: string;
  send: string;
  sendChange: string;
  privacy: (shop: string) => string;
  answeredBefore: (until: string) => string;
  thanksTitle: string;
  thanks: (shop: string) => string;
  oneMore: string;
  words: string;
  sendWords: string;
  wordsThanks: string;
  changeable: (until: string) => string;
  change: string;
  answeredTitle: string;
  answered: string;
  closedTitle: string;
  closed: (shop: string) => string;
  test: string;
  wrong: string;
  missing: string;
  missingChoice: string;
  missingAmount: string;
  outOfRange: (low: string, high: string) => string;
  unknownChoice: string;
  noNumber: string;
  tooLong: (most: number) => string;
}

const en: SurveyTexts = {
  ends: {
    nps: { low: 'Not at all likely', high: 'Extremely likely' },
    csat: { low: 'Very dissatisfied', high: 'Very satisfied' },
    loyalty: { low: 'Not at all likely', high: 'Extremely likely' },
  },
  scale: (low, high) => `from ${low} to ${high}`,
  amount: 'Amount',
  amountHint: (low, high) => `Between ${low} and ${high}; an estimate is fine.`,
  comment: 'Would you like to tell us more?',
  optional: 'optional',
  send: 'Send my answer',
  sendChange: 'Change my answer',
  privacy: (shop) => `Only ${shop} reads what you write here.`,
  answeredBefore: (until) => `You have answered already. You can change your answer until ${until}.`,
  thanksTitle: 'Thank you!',
  thanks: (shop) => `Your answer has reached ${shop}.`,
  oneMore: 'One more question',
  words: 'Your answer',
  sendWords: 'Send',
  wordsThanks: 'Thank you, we have noted that too.',
  changeable: (until) => `You can change your answer until ${until}.`,
  change: 'Change it',
  answeredTitle: 'You have answered',
  answered: 'Thank you. An answer can be changed for one day; that day is over, and yours stays as it is.',
  closedTitle: 'This survey is closed',
  closed: (shop) => `The time for answering is over. If you would like to tell ${shop} something, reply to the e‑mail.`,
  test: 'This is a test e‑mail: nothing that you send here is recorded.',
  wrong: 'Please look at what is marked below.',
  missing: 'Please choose a number.',
  missingChoice: 'Please choose one of the answers.',
  missingAmount: 'Please enter an amount.',
  outOfRange: (low, high) => `Please give an answer between ${low} and ${high}.`,
  unknownChoice: 'This is not one of the answers. Please choose one below.',
  noNumber: 'Please enter the amount in figures, such as 40 or 12.50.',
  tooLong: (most) => `This is longer than we can keep: ${most} characters at most. Please shorten it.`,
};

const it: SurveyTexts = {
  ends: {
    nps: { low: 'Per niente probabile', high: 'Molto probabile' },
    csat: { low: 'Per niente soddisfatto', high: 'Molto soddisfatto' },
    loyalty: { low: 'Per niente probabile', high: 'Molto probabile' },
  },
  scale: (low, high) => `da ${low} a ${high}`,
  amount: 'Importo',
  amountHint: (low, high) => `Tra ${low} e ${high}; va bene anche una stima.`,
  comment: 'Vuoi aggiungere qualcosa?',
  optional: 'facoltativo',
  send: 'Invia la risposta',
  sendChange: 'Cambia la risposta',
  privacy: (shop) => `Quello che scrivi qui lo legge solo ${shop}.`,
  answeredBefore: (until) => `Hai già risposto. Puoi cambiare la risposta fino a ${until}.`,
  thanksTitle: 'Grazie!',
  thanks: (shop) => `La tua risposta è arrivata a ${shop}.`,
  oneMore: 'Un’ultima domanda',
  words: 'La tua risposta',
  sendWords: 'Invia',
  wordsThanks: 'Grazie, abbiamo preso nota anche di questo.',
  changeable: (until) => `Puoi cambiare la risposta fino a ${until}.`,
  change: 'Cambiala',
  answeredTitle: 'Hai già risposto',
  answered: 'Grazie. Una risposta si può cambiare per un giorno; il giorno è passato e la tua resta com’è.',
  closedTitle: 'Questo sondaggio è chiuso',
  closed: (shop) => `Il tempo per rispondere è finito. Se vuoi dire qualcosa a ${shop}, rispondi all’e‑mail.`,
  test: 'Questa è un’e‑mail di prova: quello che invii qui non viene registrato.',
  wrong: 'Controlla quello che è segnalato qui sotto.',
  missing: 'Scegli un numero.',
  missingChoice: 'Scegli una delle risposte.',
  missingAmount: 'Scrivi un importo.',
  outOfRange: (low, high) => `Dai una risposta tra ${low} e ${high}.`,
  unknownChoice: 'Questa non è una delle risposte. Scegline una qui sotto.',
  noNumber: 'Scrivi l’importo in cifre, per esempio 40 o 12,50.',
  tooLong: (most) => `È più lungo di quanto possiamo conservare: al massimo ${most} caratteri. Accorcialo, per favore.`,
};

export const SURVEY_TEXTS: Readonly<Record<PageLanguage, SurveyTexts>> = { en, it };
