// Draws the pictures of the shipped mails: every SVG of templates/images as a PNG beside it, 1200 px wide (twice the
// width of a mail, for sharp screens). Run it after changing a drawing: node scripts/mail-pictures.mjs
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const folder = path.join(import.meta.dirname, '..', 'templates', 'images');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 600 } });
for (const name of readdirSync(folder).filter((file) => file.endsWith('.svg'))) {
  const file = path.join(folder, name.replace('.svg', '.png'));
  await page.setContent(
    `<style>body{margin:0}svg{display:block}</style>${readFileSync(path.join(folder, name), 'utf8')}`,
  );
  await page.screenshot({ path: file });
  console.log(`${path.basename(file)} ${Math.round(statSync(file).size / 1000)} kB`);
}
await browser.close();
