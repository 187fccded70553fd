/** The long form (`npm run test:faults`) is what is published; the short one is part of `npm test`. */
export const LONG = process.env['RITORNO_FAULTS'] === 'long';

/** The seed of this run: `RITORNO_SEED=7`, or another each time. It is printed, so that what it found can be found again. */
export function faultSeed(): number {
  const wish = process.env['RITORNO_SEED'];
  return wish === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(wish);
}

/** One row of the table that is published: what was done and what the judge's log says. */
export function tell(fault: string, figures: Readonly<Record<string, string | number>>): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`| ${fault} | ${text.join(', ')} |\n`);
}
