import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where Chromium is, if it is installed; nothing here downloads one. */
const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const HAS_BROWSER = existsSync(PATH);

/** Starts Chromium; close it afterwards. */
export function openBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
  return chromium.launch({ executablePath: PATH, args });
}

/**
 * What axe finds wrong with a page by WCAG 2.2 A and AA and by its own best practices: rule, impact, and where. What it
 * cannot decide by itself (a text over a picture) is not in it.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  // By the debugger's protocol, so that the page's own policy against scripts need not be weakened for the test.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => {
    const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
    return inPage.run({ resultTypes: ['violations'] });
  });
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map((node) => `${id} (${impact ?? '?'}): ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  );
}

/** Whether anything of the page is wider than its window. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { documentElement: { scrollWidth: number; clientWidth: number } };
    };
    return document.documentElement.scrollWidth > document.documentElement.clientWidth;
  });
}
