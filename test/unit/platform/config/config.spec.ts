import { AppConfig, parseSender } from '../../../../src/platform/config/config';
import { ConfigError } from '../../../../src/platform/config/environment';

function problemsOf(environment: Record<string, string>): string {
  try {
    AppConfig.from(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the configuration', () => {
  it('has sensible defaults: nothing has to be set', () => {
    const config = AppConfig.from({});
    expect(config).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      role: 'all',
      publicUrl: 'http://localhost:3000',
      smtpUrls: [],
    });
    expect(config.secretKey.length).toBeGreaterThanOrEqual(32);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    ['PORT', { PORT: '70000' }],
    ['PORT', { PORT: 'http' }],
    ['NODE_ENV', { NODE_ENV: 'staging' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'shop.example' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }],
    ['SMTP_URL', { SMTP_URL: 'http://x' }],
    ['MAIL_FROM', { MAIL_FROM: 'nobody' }],
    ['MAIL_FROM', { MAIL_FROM: 'A <a@shop.test>\r\nBcc: b@shop.test' }],
    ['SECRET_KEY', { SECRET_KEY: 'short' }],
    ['ADMIN_API_KEY', { ADMIN_API_KEY: 'short' }],
    ['ROLE', { ROLE: 'boss' }],
    ['ROLE', { ROLE: 'worker' }],
    ['STORE_TIMEZONE', { STORE_TIMEZONE: 'Mars/Olympus' }],
    ['STORE_CURRENCY', { STORE_CURRENCY: 'XXQ' }],
    ['TEST_CLOCK', { TEST_CLOCK: 'yesterday' }],
    ['TEST_CLOCK', { NODE_ENV: 'production', TEST_CLOCK: '2026-01-01T00:00:00Z' }],
    ['PUBLIC_URL must be https', { NODE_ENV: 'production', PUBLIC_URL: 'http://r.example' }],
    ['SECRET_KEY', { NODE_ENV: 'production', PUBLIC_URL: 'https://r.example', MAIL_FROM: 'a@shop.test' }],
  ])('names %s when it is wrong', (variable, environment) => {
    expect(problemsOf(environment)).toContain(variable);
  });

  it('lets links be http on the machine itself, in production too', () => {
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:80'])
      expect(problemsOf({ NODE_ENV: 'production', PUBLIC_URL: `http://${host}` })).not.toContain('PUBLIC_URL');
  });

  it('takes an empty variable for one that is not set', () => {
    expect(AppConfig.from({ PORT: '', SMTP_URL: '' }).port).toBe(3000);
  });

  it.each([
    ['Bottega <Ciao@Bottega.test>', { name: 'Bottega', address: 'ciao@bottega.test' }],
    ['"Bottega, Torino" <ciao@bottega.test>', { name: 'Bottega, Torino', address: 'ciao@bottega.test' }],
    ['ciao@bottega.test', { name: '', address: 'ciao@bottega.test' }],
    ['Bottega', undefined],
    ['<a@b.test> <c@d.test>', undefined],
  ])('reads the sender %s', (text, sender) => {
    expect(parseSender(text)).toEqual(sender);
  });
});
