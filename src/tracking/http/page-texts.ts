import { type PageLanguage } from '../page-language';

/** The words of the public pages, one record a language. `shop` is already escaped. */
export interface PageTexts {
  unsubscribeTitle: string;
  unsubscribeQuestion: (shop: string) => string;
  unsubscribeNote: string;
  unsubscribeButton: string;
  unsubscribedTitle: string;
  unsubscribed: (shop: string) => string;
  unsubscribedSoon: string;
  already: (shop: string) => string;
  unknownTitle: string;
  unknown: string;
  unavailableTitle: string;
  unavailable: string;
}

const en: PageTexts = {
  unsubscribeTitle: 'Unsubscribe',
  unsubscribeQuestion: (shop) => `Do you want to stop receiving e‑mails from ${shop}?`,
  unsubscribeNote: 'It takes effect at once. Mails about orders that you place are not affected.',
  unsubscribeButton: 'Unsubscribe',
  unsubscribedTitle: 'You are unsubscribed',
  unsubscribed: (shop) => `${shop} will not send you any more e‑mails of this kind. We are sorry to see you go.`,
  unsubscribedSoon: 'We have noted it, and it takes effect within minutes. You need not do anything else.',
  already: (shop) => `You are unsubscribed: ${shop} sends you no e‑mails of this kind.`,
  unknownTitle: 'This link does not work',
  unknown: 'It may have been cut off on its way. Try to open it from the e‑mail once more, or copy the whole of it.',
  unavailableTitle: 'Just a moment',
  unavailable: 'This page cannot be shown right now. Please try again in a minute.',
};

const it: PageTexts = {
  unsubscribeTitle: 'Disiscrizione',
  unsubscribeQuestion: (shop) => `Vuoi smettere di ricevere le e‑mail di ${shop}?`,
  unsubscribeNote: 'Ha effetto subito. Le e‑mail sugli ordini che fai non cambiano.',
  unsubscribeButton: 'Disiscrivimi',
  unsubscribedTitle: 'Disiscrizione avvenuta',
  unsubscribed: (shop) => `${shop} non ti manderà più e‑mail di questo tipo. Ci dispiace vederti andare.`,
  unsubscribedSoon: 'Ne abbiamo preso nota e avrà effetto entro pochi minuti. Non devi fare altro.',
  already: (shop) => `Non sei più tra gli iscritti: ${shop} non ti manda e‑mail di questo tipo.`,
  unknownTitle: 'Questo link non funziona',
  unknown: 'Forse si è interrotto per strada. Prova ad aprirlo di nuovo dall’e‑mail, oppure copialo per intero.',
  unavailableTitle: 'Un momento',
  unavailable: 'Questa pagina non è disponibile in questo momento. Riprova tra un minuto.',
};

export const PAGE_TEXTS: Readonly<Record<PageLanguage, PageTexts>> = { en, it };
