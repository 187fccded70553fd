/** A 20 kB HTML mail: the MJML source for Ritorno, and the same amount of text for the bare limit. */
const PARAGRAPH =
  'A good coffee begins with fresh beans, ground just before brewing, and water that is a little below boiling. ' +
  'Everything else is patience: warm the cup, mind the flame, and take the pot off before it starts to sputter. ';

const paragraphs = (count: number, open: string, close: string): string =>
  Array.from({ length: count }, (_, at) => `${open}${at + 1}. ${PARAGRAPH}${close}`).join('\n');

export const SUBJECT = 'News for {{customer.firstName}}';

export const MJML = `<mjml><mj-body><mj-section><mj-column>
<mj-text>Dear {{customer.firstName}},</mj-text>
${paragraphs(38, '<mj-text>', '</mj-text>')}
<mj-text><a href="https://shop.test/new">What is new</a> · <a href="{{links.unsubscribe}}">Leave</a></mj-text>
</mj-column></mj-section></mj-body></mjml>`;
