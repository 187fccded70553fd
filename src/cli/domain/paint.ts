const CODES = { green: 32, yellow: 33, red: 31, dim: 2 } as const;

/** Colours a piece of text, or leaves it as it is. */
export type Paint = (colour: keyof typeof CODES, text: string) => string;

export const plain: Paint = (_colour, text) => text;

export const coloured: Paint = (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m`;

/** Text of others as a terminal may show it: nothing in it moves the cursor or changes the colours. */
export function harmless(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}
