/** Keeps so many items of a list of that length at most, evenly spread over it. */
export function everyNth(length: number, most: number): (item: unknown, place: number) => boolean {
  const apart = Math.max(1, Math.ceil(length / most));
  return (_, place) => place % apart === 0;
}
