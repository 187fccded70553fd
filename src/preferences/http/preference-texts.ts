import { type PageLanguage } from '../../tracking/page-language';

/** The words of the preference page, one record a language. What is passed in is already escaped. */
export interface PreferenceTexts {
  languageName: string;
  title: string;
  intro: (shop: string) => string;
  notAPerson: string;
  saved: string;
  mailsTitle: string;
  topicsLegend: string;
  frequencyLabel: string;
  frequencies: { shop: string; weekly: string; monthly: string };
  mailsButton: string;
  pauseTitle: string;
  pauseText: string;
  pauseButton: string;
  pausedUntil: (day: string) => string;
  resumeButton: string;
  languageTitle: string;
  languageLabel: string;
  languageButton: string;
  trackingTitle: string;
  trackingText: (shop: string) => string;
  opens: string;
  clicks: string;
  trackingButton: string;
  leaveTitle: string;
  leaveQuestion: (shop: string) => string;
  leaveNote: string;
  leaveButton: string;
  already: (shop: string) => string;
  dataTitle: string;
  exportText: (shop: string) => string;
  exportButton: string;
  eraseText: string;
  eraseButton: string;
  tooOld: string;
  eraseTitle: string;
  eraseQuestion: (shop: string) => string;
  eraseNote: string;
  eraseConfirm: string;
  eraseBack: string;
  erasedTitle: string;
  erased: (shop: string) => string;
}

const en: PreferenceTexts = {
  languageName: 'English',
  title: 'Your e‑mail preferences',
  intro: (shop) => `Choose how ${shop} writes to you.`,
  notAPerson: 'This link belongs to a test e‑mail, or to data that was erased. There is nothing to change here.',
  saved: 'Saved. It takes effect at once.',
  mailsTitle: 'What you get',
  topicsLegend: 'Write to me about',
  frequencyLabel: 'How often',
  frequencies: {
    shop: 'As usual',
    weekly: 'At most one e‑mail a week',
    monthly: 'At most one e‑mail a month',
  },
  mailsButton: 'Save',
  pauseTitle: 'Take a break',
  pauseText: 'No news for a month; then it starts again by itself. Mails about orders that you place still come.',
  pauseButton: 'Pause for a month',
  pausedUntil: (day) => `You are taking a break until ${day}.`,
  resumeButton: 'End the break now',
  languageTitle: 'Language',
  languageLabel: 'Write to me in',
  languageButton: 'Save the language',
  trackingTitle: 'Privacy',
  trackingText: (shop) => `What ${shop} may note about its e‑mails to you:`,
  opens: 'that I opened them',
  clicks: 'which links I followed',
  trackingButton: 'Save my choice',
  leaveTitle: 'Leave',
  leaveQuestion: (shop) => `Do you want to stop receiving e‑mails from ${shop}?`,
  leaveNote: 'It takes effect at once. Mails about orders that you place are not affected.',
  leaveButton: 'Unsubscribe',
  already: (shop) => `You are unsubscribed: ${shop} sends you no e‑mails of this kind.`,
  dataTitle: 'Your data',
  exportText: (shop) => `Everything that ${shop} keeps about you here, as a file.`,
  exportButton: 'Download my data',
  eraseText: 'Have everything about you erased. You will be asked once more.',
  eraseButton: 'Erase my data',
  tooOld: 'This e‑mail is more than a month old. To download or erase your data, use the link in a recent one.',
  eraseTitle: 'Erase your data?',
  eraseQuestion: (shop) => `${shop} will erase what it keeps about you here: name, address, orders, answers.`,
  eraseNote: 'This cannot be undone, and you will get no more e‑mails.',
  eraseConfirm: 'Yes, erase everything',
  eraseBack: 'No, go back',
  erasedTitle: 'Your data was erased',
  erased: (shop) => `${shop} keeps nothing about you here any more and will not write to you.`,
};

const it: PreferenceTexts = {
  languageName: 'Italiano',
  title: 'Le tue preferenze e‑mail',
  intro: (shop) => `Scegli come ${shop} ti scrive.`,
  notAPerson: 'Questo link appartiene a una e‑mail di prova, o a dati cancellati. Qui non c’è niente da cambiare.',
  saved: 'Salvato. Ha effetto subito.',
  mailsTitle: 'Che cosa ricevi',
  topicsLegend: 'Scrivetemi di',
  frequencyLabel: 'Quanto spesso',
  frequencies: {
    shop: 'Come al solito',
    weekly: 'Al massimo una e‑mail alla settimana',
    monthly: 'Al massimo una e‑mail al mese',
  },
  mailsButton: 'Salva',
  pauseTitle: 'Prenditi una pausa',
  pauseText: 'Nessuna novità per un mese; poi si riprende da sé. Le e‑mail sugli ordini che fai arrivano comunque.',
  pauseButton: 'Pausa di un mese',
  pausedUntil: (day) => `Sei in pausa fino a ${day}.`,
  resumeButton: 'Riprendi subito',
  languageTitle: 'Lingua',
  languageLabel: 'Scrivetemi in',
  languageButton: 'Salva la lingua',
  trackingTitle: 'Privacy',
  trackingText: (shop) => `Che cosa ${shop} può annotare sulle e‑mail che ti manda:`,
  opens: 'che le ho aperte',
  clicks: 'quali link ho seguito',
  trackingButton: 'Salva la scelta',
  leaveTitle: 'Disiscrizione',
  leaveQuestion: (shop) => `Vuoi smettere di ricevere le e‑mail di ${shop}?`,
  leaveNote: 'Ha effetto subito. Le e‑mail sugli ordini che fai non cambiano.',
  leaveButton: 'Disiscrivimi',
  already: (shop) => `Non sei più tra gli iscritti: ${shop} non ti manda e‑mail di questo tipo.`,
  dataTitle: 'I tuoi dati',
  exportText: (shop) => `Tutto ciò che ${shop} conserva qui su di te, in un file.`,
  exportButton: 'Scarica i miei dati',
  eraseText: 'Fai cancellare tutto ciò che ti riguarda. Te lo chiederemo ancora una volta.',
  eraseButton: 'Cancella i miei dati',
  tooOld: 'Questa e‑mail ha più di un mese. Per scaricare o cancellare i tuoi dati usa il link di una recente.',
  eraseTitle: 'Cancellare i tuoi dati?',
  eraseQuestion: (shop) => `${shop} cancellerà ciò che conserva qui su di te: nome, indirizzo, ordini, risposte.`,
  eraseNote: 'Non si può annullare, e non riceverai più e‑mail.',
  eraseConfirm: 'Sì, cancella tutto',
  eraseBack: 'No, torna indietro',
  erasedTitle: 'I tuoi dati sono cancellati',
  erased: (shop) => `${shop} qui non conserva più niente su di te e non ti scriverà.`,
};

export const PREFERENCE_TEXTS: Readonly<Record<PageLanguage, PreferenceTexts>> = { en, it };
