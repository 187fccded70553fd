import { readOptions } from '../../../src/cli/options';

const nothing = { url: undefined, apiKey: undefined, noColour: false };
const environment = { url: 'https://mail.example.com/', apiKey: 'rit_key', noColour: false };

describe('the words of the command line', () => {
  it('are read, over the environment', () => {
    expect(readOptions(['plan', 'shop'], environment)).toEqual({
      command: 'plan',
      folder: 'shop',
      url: 'https://mail.example.com',
      key: 'rit_key',
      json: false,
      yes: false,
      prune: false,
      exitCode: false,
    });
    const words = ['apply', '--url', 'http://localhost:4000', '--key=other', '--yes', '--prune', '--json', 'shop'];
    expect(readOptions(words, environment)).toMatchObject({ url: 'http://localhost:4000', key: 'other', prune: true });
    expect(readOptions(['plan', 'shop', '--exit-code', '--key=k'], nothing)).toMatchObject({
      url: 'http://127.0.0.1:3000',
      exitCode: true,
    });
  });

  it('audit reads the database', () => {
    const database = 'postgres://localhost/ritorno';
    expect(readOptions(['audit', '--json'], { ...nothing, databaseUrl: database })).toMatchObject({
      command: 'audit',
      database,
      json: true,
    });
    expect(readOptions(['audit', '--database', database], nothing)).toMatchObject({ database, json: false });
    expect(readOptions(['audit'], { ...nothing, dataDir: '/srv/shop' })).toMatchObject({
      database: undefined,
      dataDir: '/srv/shop',
    });
    expect(readOptions(['audit', '--database', 'mysql://x'], nothing)).toEqual({
      wrong: expect.stringContaining('postgres://'),
    });
    expect(readOptions(['audit', 'shop'], nothing)).toEqual({ wrong: expect.stringContaining('no folder') });
  });

  it.each([[['--help']], [['help']], [['plan', '-h']]])('ask for help: %j', (words) => {
    expect(readOptions(words, nothing)).toBe('help');
  });

  it.each([
    [[], 'say plan'],
    [['destroy', 'shop'], 'destroy is no command'],
    [['plan'], 'say the folder'],
    [['plan', 'a', 'b'], 'b is too much'],
    [['plan', 'shop', '--force'], '--force'],
    [['plan', 'shop', '--url', 'localhost:3000'], 'no address'],
    [['apply', 'shop', '--json'], 'say --yes'],
    [['plan', 'shop', '--key', 'a b'], 'characters'],
  ])('are refused: %j', (words, told) => {
    expect(readOptions(words, environment)).toEqual({ wrong: expect.stringContaining(told) });
  });

  it('want a key', () => {
    expect(readOptions(['plan', 'shop'], nothing)).toEqual({ wrong: expect.stringContaining('RITORNO_API_KEY') });
  });
});
