import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { Templates } from '../templates/templates.service';

/** Key of the template of the mail that asks to confirm. A shop changes it like any other. */
export const CONFIRMATION_TEMPLATE = 'confirm-subscription';

const mjml = (text: string, button: string, not: string): string => `<mjml>
  <mj-body background-color="#f4f1ec">
    <mj-section background-color="#ffffff" padding="32px 24px">
      <mj-column>
        <mj-text font-size="18px" line-height="1.5" font-family="Georgia, serif">${text}</mj-text>
        <mj-button href="{{links.confirm}}" background-color="#23201c" color="#ffffff" font-size="16px">${button}</mj-button>
        <mj-text font-size="14px" line-height="1.5" color="#5d564c">${not}</mj-text>
        <mj-text font-size="14px" line-height="1.5" color="#5d564c">{{store.name}}, {{store.address}}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>`;

const TEMPLATE = {
  key: CONFIRMATION_TEMPLATE,
  name: 'Confirm the subscription',
  kind: 'transactional' as const,
  defaultLocale: 'en',
  locales: {
    en: {
      subject: 'Please confirm your subscription to {{store.name}}',
      mjml: mjml(
        'Somebody, hopefully you, asked {{store.name}} to write to this address. Is that what you want?',
        'Yes, write to me',
        'If it was not you, do nothing: you will get no further mail.',
      ),
    },
    it: {
      subject: 'Conferma la tua iscrizione a {{store.name}}',
      mjml: mjml(
        'Qualcuno, speriamo tu, ha chiesto a {{store.name}} di scrivere a questo indirizzo. È quello che vuoi?',
        'Sì, scrivetemi',
        'Se non sei stato tu, non fare niente: non riceverai altre e‑mail.',
      ),
    },
  },
};

interface TemplateNow {
  id: string;
  version: number;
  key: string;
}

/** The mail that asks to confirm, in Italian and English, put in place when it is first needed. */
@Injectable()
export class ConfirmationTemplate {
  constructor(private readonly templates: Templates) {}

  /** The template as it stands; in a transaction that holds the queue, so that it is made once. */
  async current(tx: Tx): Promise<TemplateNow> {
    const known = await this.find(tx);
    if (known) return known;
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('ritorno.preferences.template', 0))`);
    const meanwhile = await this.find(tx);
    if (meanwhile) return meanwhile;
    await this.templates.createIn(tx, await this.templates.prepare(TEMPLATE));
    const made = await this.find(tx);
    if (!made) throw new Error('the template of confirmations is not there');
    return made;
  }

  private async find(tx: Tx): Promise<TemplateNow | undefined> {
    const [row] = await tx.query<TemplateNow>('select id, version, key from templates where key = $1', [
      CONFIRMATION_TEMPLATE,
    ]);
    return row;
  }
}
