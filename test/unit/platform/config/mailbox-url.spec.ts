import { readMailboxUrl } from '../../../../src/platform/config/mailbox-url';

const read = (text: string) => {
  const problems: string[] = [];
  return { endpoint: readMailboxUrl(text, problems), problems };
};

it('an address is read with its defaults, %-encoded words and parameters', () => {
  expect(read('imaps://bounces%40shop.example:p%3Aw@mail.shop.example').endpoint).toEqual({
    host: 'mail.shop.example',
    port: 993,
    secure: true,
    requireTls: false,
    verifyCertificate: true,
    user: 'bounces@shop.example',
    password: 'p:w',
    folder: 'INBOX',
    processed: 'Processed',
    failed: 'Failed',
    everySeconds: 60,
  });
  const given =
    'imap://u:p@[::1]:1143/Ritorni/Posta?processed=Fatti&failed=Rotti&every=300&tls.rejectUnauthorized=false';
  expect(read(given).endpoint).toMatchObject({
    ...{ host: '::1', port: 1143, secure: false, requireTls: false, verifyCertificate: false },
    ...{ folder: 'Ritorni/Posta', processed: 'Fatti', failed: 'Rotti', everySeconds: 300 },
  });
});

it('outside of loopback nothing is said without TLS', () => {
  expect(read('imap://u:p@mail.shop.example').endpoint).toMatchObject({ secure: false, requireTls: true });
});

it.each([
  ['no url', /must be a URL/],
  ['https://u:secret@h', /must be imap/],
  ['imaps://h/INBOX', /needs a user/],
  ['imaps://u@h/INBOX', /needs a user/],
  ['imaps://u:secret@h/INBOX?processed=INBOX', /three different folders/],
  ['imaps://u:secret@h/INBOX?every=1', /every must be/],
  ['imaps://u:secret@h/INBOX?poll=1', /unknown parameter poll/],
  ['imaps://u:sec%0D%0Aret@h/INBOX', /line break/],
  ['imaps://u:secret@h/IN%0D%0ABOX', /three different folders/],
  ['imaps://u:secret%@h/INBOX', /broken %/],
])('%s is refused by the name of its variable, without the password', (text, said) => {
  const { endpoint, problems } = read(text);
  expect(endpoint).toBeUndefined();
  expect(problems).toEqual([expect.stringMatching(said)]);
  expect(problems[0]).toMatch(/^BOUNCE_IMAP_URL /);
  expect(problems[0]).not.toMatch(/secret|ret\b/);
});
