import { type PageLanguage } from '../../tracking/page-language';

/** Of the question below, as it is kept with each proof: raise it with every change of its words. */
export const TEXT_VERSION = 1;

interface ConfirmationTexts {
  title: string;
  question: (shop: string) => string;
  note: string;
  button: string;
  confirmedTitle: string;
  confirmed: (shop: string) => string;
}

export const CONFIRMATION_TEXTS: Readonly<Record<PageLanguage, ConfirmationTexts>> = {
  en: {
    title: 'Confirm your subscription',
    question: (shop) => `Do you want ${shop} to write to you by e‑mail with news and offers?`,
    note: 'Every e‑mail has a link by which you can leave again.',
    button: 'Yes, write to me',
    confirmedTitle: 'Thank you',
    confirmed: (shop) => `Your subscription is confirmed: ${shop} will write to you.`,
  },
  it: {
    title: 'Conferma la tua iscrizione',
    question: (shop) => `Vuoi che ${shop} ti scriva per e‑mail con novità e offerte?`,
    note: 'In ogni e‑mail c’è un link con cui puoi andartene.',
    button: 'Sì, scrivetemi',
    confirmedTitle: 'Grazie',
    confirmed: (shop) => `La tua iscrizione è confermata: ${shop} ti scriverà.`,
  },
};
