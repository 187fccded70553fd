import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ADMIN_KEY, startTestApp, type TestApp } from '../../support/app';
import { type BuiltProgram, buildProgram } from '../../support/built-program';

const MJML = `<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>Ciao <a href="{{links.unsubscribe}}">out</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
`;

const FILES: Record<string, string> = {
  'segments/vip.yaml': 'name: VIP\n# Who is tagged by hand.\ncondition: { field: tags, op: contains, value: vip }\n',
  'templates/hello/template.yaml':
    'name: Hello\nkind: marketing\ndefaultLocale: it\nlocales:\n  it:\n    subject: Ciao\n    preheader: Come va?\n',
  'templates/hello/it.mjml': MJML,
  'templates/hello/it.txt': 'Ciao\n\nDisiscriviti: {{links.unsubscribe}}\n',
  'campaigns/hello.yaml': `name: Hello
status: active
trigger:
  on: event
  event: customer.created
audience:
  segment: vip
steps:
  - kind: wait
    for: P1D
    at: 09:00
  - kind: email
    key: hello
    template: hello
`,
};

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

describe('campaigns as files, by the command as users run it', () => {
  let app: TestApp;
  let program: BuiltProgram;
  let folder: string;
  beforeAll(async () => {
    program = buildProgram();
    app = await startTestApp();
  });
  afterAll(async () => {
    await app.close();
    program.dispose();
  });
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ritorno-files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(files: Record<string, string>): void {
    for (const [file, text] of Object.entries(files)) {
      const at = path.join(folder, file);
      mkdirSync(path.dirname(at), { recursive: true });
      writeFileSync(at, text);
    }
  }
  const textOf = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
  const listed = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .sort();

  function ritorno(words: string[], env: Record<string, string> = {}): Promise<Ended> {
    const main = path.join(path.dirname(program.main), 'cli/main.js');
    const child = spawn(process.execPath, [main, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', RITORNO_URL: app.url, RITORNO_API_KEY: ADMIN_KEY, ...env },
    });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
  }

  it('are planned, applied, and then there is nothing to change', async () => {
    put(FILES);
    const planned = await ritorno(['plan', folder, '--exit-code']);
    expect(planned).toMatchObject({ code: 2, err: '' });
    expect(planned.out).toContain('+ segment vip');
    expect(planned.out).toContain('+ campaign hello  is made active');
    expect(planned.out).toContain('3 new.');
    expect(await ritorno(['plan', folder])).toMatchObject({ code: 0 });
    const unasked = await ritorno(['apply', folder]);
    expect(unasked).toMatchObject({ code: 1, err: expect.stringContaining('say --yes') });
    await app.request('get', '/api/v1/campaigns/hello').expect(404);
    const applied = await ritorno(['apply', folder, '--yes']);
    expect(applied).toMatchObject({ code: 0, err: '' });
    expect(applied.out).toContain('Applied: 3 new.');
    expect((await app.request('get', '/api/v1/campaigns/hello')).body).toMatchObject({
      status: 'active',
      liveVersion: 1,
    });
    const again = await ritorno(['plan', folder, '--exit-code']);
    expect(again).toMatchObject({ code: 0, out: 'No changes: 3 unchanged.\n' });
    expect(await ritorno(['apply', folder])).toMatchObject({ code: 0, out: 'No changes: 3 unchanged.\n' });
  });

  it('are exported so that there is nothing to change; what says so already stays as it was written', async () => {
    const exported = await ritorno(['export', folder]);
    expect(exported).toMatchObject({ code: 0, err: '' });
    expect(listed()).toEqual(Object.keys(FILES).sort());
    expect(textOf('templates/hello/it.mjml')).toBe(MJML);
    expect(textOf('campaigns/hello.yaml')).toMatch(/^name: Hello\nstatus: active\npurpose: custom\n/);
    expect(await ritorno(['plan', folder, '--exit-code'])).toMatchObject({
      code: 0,
      out: 'No changes: 3 unchanged.\n',
    });
    put(FILES);
    const over = await ritorno(['export', folder]);
    expect(over.out).toContain('0 files written');
    expect(textOf('segments/vip.yaml')).toBe(FILES['segments/vip.yaml']);
    put({ 'segments/gone.yaml': 'name: Gone\ncondition: { field: stage, op: eq, value: lapsed }\n' });
    expect((await ritorno(['export', folder])).out).toContain('segments/gone.yaml is not in the shop and stays');
    expect((await ritorno(['export', folder, '--prune'])).out).toContain('segments/gone.yaml removed');
    expect(listed()).toEqual(Object.keys(FILES).sort());
  });

  it('tell the file, the line and the path of every fault, and nothing is applied', async () => {
    put({
      ...FILES,
      'segments/vip.yaml': 'name: Renamed\ncondition: { field: tags, op: contains, value: vip }\n',
      'campaigns/hello.yaml': FILES['campaigns/hello.yaml']!.replace('for: P1D', 'for: tomorrow').replace(
        'key: hello',
        'key: Hello!',
      ),
      'templates/hello/it.mjml': MJML.replace('<mj-text>Ciao', '<mj-texts>Ciao').replace('</mj-text>', '</mj-texts>'),
    });
    const ended = await ritorno(['apply', folder, '--yes']);
    expect(ended.code).toBe(1);
    expect(ended.err).toContain(`${folder}/campaigns/hello.yaml:10:5  `);
    expect(ended.err).toContain('(campaigns[0].steps[0].for)');
    expect(ended.err).toContain(`${folder}/campaigns/hello.yaml:13:5  `);
    expect(ended.err).toMatch(/templates\/hello\/it\.mjml:5(:\d+)? {2}.*\(templates\[0\]\.locales\.it\.mjml\)/);
    expect(ended.err).toContain('nothing was changed');
    expect((await app.request('get', '/api/v1/segments/vip')).body.name).toBe('VIP');
    const machine = await ritorno(['plan', folder, '--json']);
    expect(machine.code).toBe(1);
    const { faults } = JSON.parse(machine.out) as { faults: unknown[] };
    expect(faults).toContainEqual(
      expect.objectContaining({ file: 'campaigns/hello.yaml', line: 10, path: 'campaigns[0].steps[0].for' }),
    );
    put({ 'campaigns/hello.yaml': 'name: Hello\nsteps: [\n' });
    expect(await ritorno(['plan', folder])).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${folder}/campaigns/hello.yaml:3:1  `),
    });
  });

  it('show what an edit changes, for people and for machines', async () => {
    put({
      ...FILES,
      'campaigns/hello.yaml': FILES['campaigns/hello.yaml']!.replace('for: P1D', 'for: P2D').replace(
        'active',
        'paused',
      ),
      'templates/hello/it.mjml': MJML.replace('Ciao', 'Salve'),
    });
    const { out } = await ritorno(['plan', folder]);
    expect(out).toContain('~ campaign hello  active -> paused; version 1 -> 2');
    expect(out).toContain('    ~ steps[0].for: "P1D" -> "P2D"');
    expect(out).toContain('           5 -         <mj-text>Ciao');
    expect(out).toContain('           5 +         <mj-text>Salve');
    const machine = await ritorno(['plan', folder, '--json', '--exit-code']);
    expect(machine.code).toBe(2);
    expect(JSON.parse(machine.out)).toMatchObject({ applied: false, summary: { update: 2, unchanged: 1 } });
    const applied = await ritorno(['apply', folder, '--json', '--yes']);
    expect(JSON.parse(applied.out)).toMatchObject({ applied: true, summary: { update: 2, unchanged: 1 } });
    expect((await app.request('get', '/api/v1/campaigns/hello')).body).toMatchObject({
      status: 'paused',
      liveVersion: 2,
    });
  });

  it('end with what campaigns and segments the shop has beyond them only when that is asked for', async () => {
    put({ 'templates/hello/template.yaml': FILES['templates/hello/template.yaml']! });
    put({
      'templates/hello/it.mjml': textOfShop('templates/hello/it.mjml'),
      'templates/hello/it.txt': FILES['templates/hello/it.txt']!,
    });
    expect((await ritorno(['plan', folder])).out).toContain('campaign hello is not in the files and stays');
    expect((await ritorno(['apply', folder, '--prune', '--yes'])).out).toContain(
      'Applied: 1 archived, 1 deleted, 1 unchanged.',
    );
    await app.request('get', '/api/v1/segments/vip').expect(404);
    expect(await ritorno(['plan', folder, '--prune', '--exit-code'])).toMatchObject({ code: 0 });
  });

  it('say what is wrong with the command, the service and the key', async () => {
    put({ 'surveys/nps.yaml': 'kind: nps\n' });
    expect((await ritorno(['plan', folder])).err).toContain('surveys/nps.yaml:');
    expect(await ritorno([])).toMatchObject({ code: 1, err: expect.stringContaining('Usage:') });
    expect(await ritorno(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('ritorno plan|apply|export'),
    });
    expect((await ritorno(['plan', path.join(folder, 'no')])).err).toContain('cannot be read');
    expect((await ritorno(['plan', path.join(path.dirname(program.main), 'kernel')])).err).toContain(
      'none of the folders',
    );
    rmSync(path.join(folder, 'surveys'), { recursive: true });
    put(FILES);
    expect((await ritorno(['plan', folder], { RITORNO_API_KEY: 'rit_wrong' })).err).toMatch(/^ritorno: .*key/i);
    const away = await ritorno(['plan', folder], { RITORNO_URL: 'http://127.0.0.1:1' });
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining('cannot be reached') });
  });

  const textOfShop = (file: string): string => (file.endsWith('it.mjml') ? MJML.replace('Ciao', 'Salve') : '');
});
