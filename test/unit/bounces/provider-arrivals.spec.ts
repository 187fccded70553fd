import { ARRIVALS } from '../../../src/bounces/domain/provider-arrivals';

const ID = '<0192f3d0-0000-7000-8000-000000000001@bottega.example>';
const headers = [{ name: 'Message-ID', value: ID }];

describe('what providers say of mails that they have', () => {
  it('names the Message-ID of what was taken or delivered', () => {
    for (const kind of [{ eventType: 'Send' }, { notificationType: 'Delivery' }])
      expect(ARRIVALS.ses({ ...kind, mail: { headers } })).toEqual([ID]);
    expect(ARRIVALS.ses({ eventType: 'Delivery', mail: { commonHeaders: { messageId: ID } } })).toEqual([ID]);
    expect(
      ARRIVALS.sendgrid([
        { event: 'processed', 'smtp-id': ID },
        { event: 'open', 'smtp-id': ID },
        { event: 'delivered', 'smtp-id': ID },
      ]),
    ).toEqual([ID, ID]);
    expect(ARRIVALS.postmark({ RecordType: 'Delivery', Metadata: { 'message-id': ID } })).toEqual([ID]);
    for (const event of ['accepted', 'delivered'])
      expect(
        ARRIVALS.mailgun({ 'event-data': { event, message: { headers: { 'message-id': ID.slice(1, -1) } } } }),
      ).toEqual([ID]);
    for (const type of ['email.sent', 'email.delivered']) {
      expect(ARRIVALS.resend({ type, data: { headers } })).toEqual([ID]);
      expect(ARRIVALS.resend({ type, data: { message_id: ID } })).toEqual([ID]);
    }
  });

  it('is silent on everything else, whatever its form', () => {
    expect(ARRIVALS.ses({ eventType: 'Bounce', mail: { headers } })).toEqual([]);
    expect(ARRIVALS.mailgun({ 'event-data': { event: 'failed', message: { headers: { 'message-id': ID } } } })).toEqual(
      [],
    );
    expect(ARRIVALS.resend({ type: 'email.bounced', data: { headers } })).toEqual([]);
    for (const body of [
      null,
      'x',
      7,
      [],
      {},
      [null],
      { mail: 7 },
      { data: [] },
      { 'event-data': { event: 'accepted' } },
    ])
      for (const read of Object.values(ARRIVALS)) expect(read(body)).toEqual([]);
  });
});
