/** Whether a definition refers to a segment anywhere: `{ "segment": ref }` in its trigger or its conditions. */
export function namesSegment(json: unknown, refs: readonly string[]): boolean {
  if (typeof json !== 'object' || json === null) return false;
  if (Array.isArray(json)) return json.some((one) => namesSegment(one, refs));
  return Object.entries(json).some(
    ([key, value]) =>
      (key === 'segment' && typeof value === 'string' && refs.includes(value)) || namesSegment(value, refs),
  );
}
