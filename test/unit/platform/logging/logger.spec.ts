import { QueryFailedError } from 'typeorm';
import { AppLogger } from '../../../../src/platform/logging/logger';

function logged(write: (logger: AppLogger) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(new AppLogger('info', { write: (line) => void lines.push(line) }));
  return JSON.parse(lines.join('')) as Record<string, unknown>;
}

describe('the log', () => {
  it('keeps the kind and the place of a failure, never the values of a statement', () => {
    const cause = Object.assign(new Error('duplicate key value violates unique constraint "x"'), {
      code: '23505',
      detail: 'Key (email)=(ada@example.com) already exists.',
    });
    const error = new QueryFailedError('insert into customers values ($1)', ['ada@example.com'], cause);
    const line = logged((logger) => logger.failure('it failed', error, { work: 'ingest' }));
    expect(JSON.stringify(line)).not.toContain('ada@');
    expect(line).toMatchObject({ msg: 'it failed', work: 'ingest', err: { type: 'QueryFailedError', code: '23505' } });
    expect(JSON.stringify(line)).toContain('logger.spec');
  });

  it('shows no secret and no address that is handed over by name', () => {
    const line = logged((logger) => logger.info('made', { key: 'rit_secret', email: 'ada@example.com', count: 1 }));
    expect(line).toMatchObject({ key: '[redacted]', email: '[redacted]', count: 1 });
  });

  it('shows none in the words of others either', () => {
    const told = [
      '550 5.1.1 <ada.byron+shop@example.com> unknown; "àda@bücher.example" too, ada@mail.example.com.',
      'connect smtp://user:p%40ss@mail.example:587 failed',
      `the key rit_${'k'.repeat(43)} and whsec_${'s+/'.repeat(10)}= are not known`,
    ];
    const line = logged((logger) => logger.failure(told[0] ?? '', new Error(told[1]), { reason: told[2] }));
    expect(line['msg']).toBe('550 5.1.1 <[address]> unknown; "[address]" too, [address].');
    expect((line['err'] as { message: string }).message).toBe('connect smtp://[redacted]@mail.example:587 failed');
    expect(line['reason']).toBe('the key rit_[redacted] and whsec_[redacted] are not known');
    const place = 'at run (/srv/node_modules/@nestjs/core/router.js:1:2), 3 @ 2.50, a@b';
    expect(logged((logger) => logger.info(place))['msg']).toBe(place);
  });
});
