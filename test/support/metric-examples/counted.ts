/**
 * Figures that are counted in Postgres, by statements: their examples are run over a database
 * (`test/integration/reports/metrics-page.spec.ts`), all others by themselves.
 */
export const COUNTED_FIGURES: ReadonlySet<string> = new Set(['funnelStep', 'stageFlows']);
