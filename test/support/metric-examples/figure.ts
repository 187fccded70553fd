/** Computes a figure of docs/metrics.md from the input of a worked example, by the code that the product runs. */
export type Figure = (input: never) => unknown;

/** Figures by the names that the examples use. */
export type Figures = Record<string, Figure>;
