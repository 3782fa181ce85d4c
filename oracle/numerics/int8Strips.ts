const STRIP = 8;

/** Where the value of row j and column t lies among int8 strips: strips of 8 rows, within them pairs of columns, the 8 rows' pairs side by side. */
export function placeInStrip(j: number, t: number, columns: number): number {
  const row = j % STRIP;
  return (j - row) * columns + 2 * ((t >> 1) * STRIP + row) + (t & 1);
}
