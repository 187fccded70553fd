import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { conditionsPage } from '../../support/conditions-page';
import { testCatalogue } from '../../support/test-catalogue';

const FILE = path.join(__dirname, '../../../docs/conditions.md');

it('docs/conditions.md is what the catalogue says', () => {
  const page = conditionsPage(testCatalogue());
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, page);
  expect(readFileSync(FILE, 'utf8')).toBe(page);
});
