/** Takes away spaces at the ends of lines, and empty lines beyond one. In linear time, which `/ +$/` is not. */
export function tidyText(text: string): string {
  const lines = text.split(/\r\n?|\n/).map((line) => line.trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
