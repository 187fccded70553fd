import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SRC = path.join(__dirname, '../../src');

it('bodies and queries have names of their own: in the OpenAPI document the second of a name would take the place of the first', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\/http\/.*\.ts$/.test(file));
  const places = files.flatMap((file) =>
    [...readFileSync(path.join(SRC, file), 'utf8').matchAll(/^(?:export )?class (\w+)/gm)].map(([, name = '']) => ({
      name,
      file,
    })),
  );
  expect(places.length).toBeGreaterThan(50);
  expect(places.filter(({ name, file }) => places.some((one) => one.name === name && one.file !== file))).toEqual([]);
});
