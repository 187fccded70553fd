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
});
