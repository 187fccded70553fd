import { judgeProvider } from '../../../src/bounces/domain/judge-provider';
import {
  mailgunEvents,
  postmarkEvents,
  resendEvents,
  sendgridEvents,
  sesEvents,
} from '../../../src/bounces/domain/provider-events';
import { readRefusal } from '../../../src/messages/bounce-mail';

const judged = (kind: 'permanent' | 'transient' | 'complaint', said: string, status: string | null = null) =>
  judgeProvider(kind, readRefusal(said, status)).class;

describe('what the notice of a provider means', () => {
  it('the words of the receiving server come before the one word of the provider', () => {
    expect(judged('permanent', '550 5.1.1 user unknown')).toBe('hard');
    expect(judged('permanent', '')).toBe('hard');
    expect(judged('permanent', '550 5.7.26 unauthenticated mail')).toBe('sender_fault');
    expect(judged('permanent', '552 5.2.2 mailbox full')).toBe('soft');
    expect(judged('permanent', '552 5.3.4 message size exceeds limit')).toBe('message_fault');
    expect(judged('transient', '550 5.1.1 user unknown')).toBe('soft');
    expect(judged('complaint', 'abuse')).toBe('complaint');
  });

  it('ses: bounces and complaints of all recipients, the return path and our Message-ID', () => {
    const notice = {
      notificationType: 'Bounce',
      mail: { source: 'b-x@bounces.example', headers: [{ name: 'Message-ID', value: '<a@b>' }] },
      bounce: {
        bounceType: 'Permanent',
        bouncedRecipients: [
          { emailAddress: 'ann@example.com', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' },
        ],
      },
    };
    expect(sesEvents(notice, 'm')).toEqual([
      {
        kind: 'permanent',
        recipient: 'ann@example.com',
        messageIdHeader: '<a@b>',
        returnPath: 'b-x@bounces.example',
        status: '5.1.1',
        said: '550 5.1.1 user unknown',
        id: 'm:ann@example.com',
      },
    ]);
    const complaint = {
      eventType: 'Complaint',
      complaint: { complainedRecipients: [{ emailAddress: 'a@b.example' }] },
    };
    expect(sesEvents(complaint, 'm')).toMatchObject([{ kind: 'complaint', recipient: 'a@b.example' }]);
    expect(sesEvents({ notificationType: 'Delivery' }, 'm')).toEqual([]);
  });

  it('sendgrid, postmark, mailgun, resend: what is a bounce or a complaint, and nothing else', () => {
    expect(
      sendgridEvents([
        { event: 'bounce', email: 'a@b.example', reason: '550', 'smtp-id': '<x@y>', sg_event_id: '1' },
        { event: 'bounce', type: 'blocked', email: 'a@b.example' },
        { event: 'spamreport', email: 'a@b.example' },
        { event: 'open' },
        { event: 'dropped' },
        { event: 'deferred' },
        null,
      ]).map(({ kind }) => kind),
    ).toEqual(['permanent', 'transient', 'complaint']);
    const postmark = (Type: string, RecordType = 'Bounce') =>
      postmarkEvents({ RecordType, Type, Email: 'a@b.example', ID: 7 }).map(({ kind }) => kind);
    expect(postmark('HardBounce')).toEqual(['permanent']);
    expect(postmark('SoftBounce')).toEqual(['transient']);
    expect(postmark('SpamComplaint', 'SpamComplaint')).toEqual(['complaint']);
    for (const type of ['Transient', 'AutoResponder', 'ChallengeVerification', 'Unsubscribe', 'Unknown']) {
      expect(postmark(type)).toEqual([]);
    }
    const mailgun = (event: object) => mailgunEvents({ 'event-data': event });
    const failed = { event: 'failed', recipient: 'a@b.example', message: { headers: { 'message-id': 'x@y' } } };
    expect(mailgun({ ...failed, severity: 'permanent', reason: 'bounce' })).toMatchObject([
      { kind: 'permanent', messageIdHeader: '<x@y>' },
    ]);
    expect(mailgun({ ...failed, severity: 'temporary' })).toEqual([]);
    expect(mailgun({ event: 'complained', recipient: 'a@b.example' })).toMatchObject([{ kind: 'complaint' }]);
    expect(mailgun({ event: 'opened' })).toEqual([]);
    const resend = (type: string, bounce?: object) =>
      resendEvents({ type, data: { to: ['a@b.example'], bounce } }, 'd');
    expect(resend('email.bounced', { type: 'Permanent' })).toMatchObject([{ kind: 'permanent', id: 'd:a@b.example' }]);
    expect(resend('email.bounced', { type: 'Transient' })).toMatchObject([{ kind: 'transient' }]);
    expect(resend('email.complained')).toMatchObject([{ kind: 'complaint' }]);
    expect(resend('email.opened')).toEqual([]);
  });

  it('what is of another form is no event', () => {
    for (const body of [null, 7, 'x', [], {}, { data: null }, [[]], { 'event-data': 'x' }]) {
      expect(sesEvents(body, 'm')).toEqual([]);
      expect(sendgridEvents(body)).toEqual([]);
      expect(postmarkEvents(body)).toEqual([]);
      expect(mailgunEvents(body)).toEqual([]);
      expect(resendEvents(body, 'd')).toEqual([]);
    }
  });
});
