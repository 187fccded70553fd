import { classifyRefused, type Refused } from '../../../../src/messages/domain/bounces/bounce-class';
import { ABOUT_LINEAR, growth } from '../../../support/growth';

const rcpt = (said: string, given: Partial<Refused> = {}): Refused => ({
  status: /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(said)?.[0] ?? null,
  reply: Number(/^[45]\d\d/.exec(said)?.[0] ?? 550),
  stage: 'rcpt',
  reported: true,
  said,
  ...given,
});

describe('what a refusal means', () => {
  it.each([
    ['550 5.1.1 The email account that you tried to reach does not exist.', 'hard', 'user_unknown'],
    ['550 No such user here', 'hard', 'user_unknown'],
    ['550 5.1.2 Host unknown', 'hard', 'host_unknown'],
    ['550 5.1.6 recipient has moved', 'hard', 'moved'],
    ['550 5.1.10 Recipient not found', 'hard', 'user_unknown'],
    ['550 Utente sconosciuto', 'hard', 'user_unknown'],
    ["550 L'indirizzo non esiste", 'hard', 'user_unknown'],
    ['550 Empfänger unbekannt', 'hard', 'user_unknown'],
    ["550 Cette adresse n'existe pas", 'hard', 'user_unknown'],
    ['550 El usuario no existe', 'hard', 'user_unknown'],
    ['550 Usuário desconhecido', 'hard', 'user_unknown'],
    ['550 5.1.1 Адресат не найден', 'hard', 'user_unknown'],
    ['552 5.2.2 Mailbox full', 'soft', 'mailbox_full'],
    ['452 4.2.2 The email account that you tried to reach is over quota', 'soft', 'mailbox_full'],
    ['550 Casella piena', 'soft', 'mailbox_full'],
    ['550 Postfach voll', 'soft', 'mailbox_full'],
    ['550 Boîte aux lettres pleine', 'soft', 'mailbox_full'],
    ['550 5.2.1 The email account that you tried to reach is disabled', 'soft', 'disabled'],
    ['451 4.7.1 Greylisting in action, please come back later', 'soft', 'greylisted'],
    [
      '550 5.7.26 This message does not pass authentication checks (SPF and DKIM both do not pass).',
      'sender_fault',
      '',
    ],
    ['550 5.7.515 Access denied, sending domain does not meet the required authentication level', 'sender_fault', ''],
    [
      '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      'sender_fault',
      'blocked',
    ],
    ['421 4.7.28 Our system has detected an unusual rate of unsolicited mail', 'sender_fault', 'rate_limited'],
    ['550 5.7.25 The IP address sending this message does not have a PTR record', 'sender_fault', 'no_reverse_dns'],
    ['554 5.7.1 Relay access denied', 'sender_fault', 'relaying_denied'],
    ['553 5.1.8 Sender address rejected: Domain not found', 'sender_fault', 'sender_rejected'],
    ['552 5.3.4 Message size exceeds fixed limit', 'message_fault', 'too_big'],
    ['554 5.7.1 Message contains spam', 'message_fault', 'spam'],
    ['554 5.6.0 Message contains bare newlines', 'message_fault', ''],
    ['550 5.5.2 Syntax error in parameters', 'message_fault', 'malformed'],
  ])('%s: %s', (said, expected, reason) => {
    const meant = classifyRefused(rcpt(said));
    expect(meant.class).toBe(expected);
    if (reason !== '') expect(meant.reason).toBe(reason);
  });

  it('an answer that blames us and says "user unknown" too gives nobody up', () => {
    expect(classifyRefused(rcpt('550 5.7.1 User unknown: your IP is blocked, see https://example.com')).class).toBe(
      'sender_fault',
    );
    expect(classifyRefused(rcpt('552 5.2.2 User unknown or mailbox full')).class).toBe('soft');
  });

  it('"user unknown" after the whole mail comes from a filter', () => {
    expect(classifyRefused(rcpt('550 user unknown', { stage: 'data' })).class).toBe('soft');
    expect(classifyRefused(rcpt('550 5.1.1 user unknown', { stage: 'data' })).class).toBe('hard');
  });

  it('a bare 550, words that nobody knows and nothing at all are soft', () => {
    for (const said of ['550', '550 5.0.0', '550 zzz qqq', '', '550 5.2.0 nope', '554 5.0.0 Service unavailable']) {
      expect(classifyRefused(rcpt(said)).class).toBe('soft');
    }
  });

  /** Wording of houses that are in no corpus of ours, one house a line. */
  it.each([
    'address invalid|mailbox not present|no such person at this address|is not an active address at this host',
    'Unknown e-mail address|rcpt <a@example.com> does not exist|address not present in directory|address unknown',
    "DNS domain 'x.example' does not exist|there is no such domain|the user has moved",
    'Unbekannter Empfänger|Onbekende gebruiker|Okänd användare|Brugeren findes ikke|Ukjent bruker|Käyttäjää ei ole',
    'Nieznany użytkownik|Неизвестный пользователь|Uživatel neexistuje|A felhasználó nem létezik',
    'Kullanıcı bulunamadı|Utilizator inexistent|No existe ese usuario|Nessun utente simile in questa casella',
    'ο χρήστης δεν υπάρχει|存在しないユーザー|使用者不存在|존재하지 않는 사용자',
  ])('hard, refused at RCPT: %s', (phrases) => {
    const wrong = phrases.split('|').filter((said) => classifyRefused(rcpt(`550 ${said}`)).class !== 'hard');
    expect(wrong).toEqual([]);
  });

  it.each([
    "the sender's address was not found|Sender's domain not found|envelope sender user unknown|invalid address in From header",
    'your mail server address is unknown|Return path address does not exist|Helo command rejected: Host not found',
    'Absenderadresse unbekannt|Mittente sconosciuto|Expéditeur inconnu|Remitente desconocido|发件人不存在|送信者が不明です',
    'mailbox unavailable or access denied|mailbox unavailable at this time|mailbox temporarily unavailable',
    'the account has moved to a new server|message was moved to spam|Invalid/inactive user|mailbox is frozen',
    'Recipient address rejected: unverified address: connection timed out|unable to verify the recipient address',
    "that domain isn't in my list of allowed rcpthosts|we don't handle mail for example.com",
  ])('never hard: %s', (phrases) => {
    expect(phrases.split('|').filter((said) => classifyRefused(rcpt(`550 ${said}`)).class === 'hard')).toEqual([]);
  });

  it.each([
    'sender ',
    'absender ',
    'user has moved ',
    'message ',
    'user ',
    'ip ',
    'recipient address ',
    'a',
    '550 5.1.1 ',
  ])('a long hostile answer takes time in proportion at most: %s', (word) => {
    const answer = (size: number) => rcpt(word.repeat(Math.ceil(size / word.length)));
    expect(growth(answer, 4_000, classifyRefused)).toBeLessThan(ABOUT_LINEAR);
  });
});
