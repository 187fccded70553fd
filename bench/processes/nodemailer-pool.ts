import nodemailer from 'nodemailer';

interface Question {
  port: number;
  connections: number;
  count: number;
  subject: string;
  html: string;
  text: string;
  dkim: { domain: string; selector: string; privateKey: string };
}

/** What our signatures cover, so that both sides sign the same. */
const SIGNED =
  'From:To:Subject:Message-ID:Date:MIME-Version:Content-Type:List-Unsubscribe:List-Unsubscribe-Post:List-Id:Feedback-ID:Auto-Submitted';

/** The bare limit of sending: nodemailer's own pool with the same mail and the same DKIM key, no ledger. */
process.on('message', (question: Question) => {
  const pool = nodemailer.createTransport({
    pool: true,
    host: '127.0.0.1',
    port: question.port,
    secure: false,
    ignoreTLS: true,
    maxConnections: question.connections,
    maxMessages: Infinity,
    dkim: {
      domainName: question.dkim.domain,
      keySelector: question.dkim.selector,
      privateKey: question.dkim.privateKey,
      headerFieldNames: SIGNED,
    },
  });
  const started = Date.now();
  const one = (at: number): Promise<unknown> =>
    pool.sendMail({
      from: { name: 'Bench', address: 'bench@shop.test' },
      to: `c${at}@example.com`,
      subject: question.subject,
      html: question.html,
      text: question.text,
      headers: {
        'List-Unsubscribe': `<https://shop.test/u/${at}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        'List-Id': '<bench.shop.test>',
        'Feedback-ID': 'bench:mail:shop:ritorno',
        'Auto-Submitted': 'auto-generated',
      },
    });
  void Promise.all(Array.from({ length: question.count }, (_, at) => one(at))).then(() => {
    pool.close();
    process.send?.({ seconds: (Date.now() - started) / 1000 });
  });
});
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
