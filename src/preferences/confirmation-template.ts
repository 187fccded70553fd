import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { CONFIRMATION_TEMPLATE } from '../templates/confirmation-mail';
import { shippedTemplate } from '../templates/shipped-template';
import { Templates } from '../templates/templates.service';

interface TemplateNow {
  id: string;
  version: number;
  key: string;
}

/** The mail that asks to confirm: the shop's own, else the one that comes with the product, put in place when it is first needed. */
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
    await this.templates.createIn(tx, await this.templates.prepare(shippedTemplate(CONFIRMATION_TEMPLATE)));
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
