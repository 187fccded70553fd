import { headersOf, messageIdHeader } from '../../../src/messages/domain/mail-envelope';

const origin = {
  from: { address: 'ciao@bottega.test' },
  store: "Bottega d'Oro è",
  flow: 'welcome',
  step: 'hello',
  unsubscribeUrl: 'https://r.test/u/x',
};

describe('the header of a mail', () => {
  it('has the one-click pair, list id, feedback id and the mark of an automatic mail', () => {
    expect(headersOf(origin)).toEqual([
      ['List-Unsubscribe', '<https://r.test/u/x>'],
      ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
      ['List-Id', '<welcome.bottega-d-oro-e.bottega.test>'],
      ['Feedback-ID', 'welcome:hello:bottega-d-oro-e:ritorno'],
      ['Auto-Submitted', 'auto-generated'],
    ]);
  });

  it('of transactional mail offers no way out', () => {
    expect(headersOf({ ...origin, postmarkId: 'an-id' }).slice(-2)).toEqual([
      ['X-PM-Metadata-message-id', 'an-id'],
      ['X-PM-KeepID', 'true'],
    ]);
    expect(headersOf({ ...origin, unsubscribeUrl: null }).map(([name]) => name)).toEqual([
      'List-Id',
      'Feedback-ID',
      'Auto-Submitted',
    ]);
  });

  it('holds nothing that could break it, whatever things are called', () => {
    const evil = 'x\r\nBcc: all@example.com\u0000>:';
    for (const [, value] of headersOf({ ...origin, store: evil, flow: '日本', step: '' }))
      expect(value).toMatch(/^[ -~]+$/);
    expect(headersOf({ ...origin, flow: '日本' })[2]?.[1]).toBe('<mail.bottega-d-oro-e.bottega.test>');
  });

  it('makes the Message-ID of the message and the sender, the same each time', () => {
    expect(messageIdHeader('0192', 'ciao@bottega.test')).toBe('<0192@bottega.test>');
  });
});
