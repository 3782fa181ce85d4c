/** A plain copy of call arguments with one thing in them changed: a number, a bit, a missing, doubled or moved element. */
export function distort<Args extends readonly unknown[]>(args: Args, random: () => number): Args {
  const places: (() => unknown)[] = [];
  const collect = (value: unknown, rebuild: (changed: unknown) => unknown): void => {
    if (typeof value === "bigint") {
      places.push(() => rebuild(value === 0n ? 1n : value + (random() % 2 ? 1n : -1n)));
      places.push(() => rebuild(0n));
    } else if (typeof value === "number") {
      places.push(() => rebuild(value === 0 ? 1 : value + (random() % 2 ? 1 : -1)));
      places.push(() => rebuild(random() % 64));
    } else if (typeof value === "boolean") {
      places.push(() => rebuild(!value));
    } else if (typeof value === "string") {
      places.push(() => rebuild(flipDigit(value, random())));
      if (value.length !== 66 && value.length !== 42) places.push(() => rebuild(value.slice(0, -2)));
    } else if (Array.isArray(value)) {
      const items: unknown[] = value;
      items.forEach((item, i) => collect(item, (changed) => rebuild(items.with(i, changed))));
      if (items.length === 0) return;
      places.push(() => rebuild(items.slice(1)));
      places.push(() => rebuild(items.slice(0, -1)));
      places.push(() => rebuild([...items, items[random() % items.length]]));
      places.push(() => rebuild(items.toReversed()));
    } else if (typeof value === "object" && value !== null) {
      for (const [key, field] of Object.entries(value)) {
        collect(field, (changed) => rebuild({ ...value, [key]: changed }));
      }
    }
  };
  args.forEach((arg, i) => collect(arg, (changed) => args.map((other, j) => (j === i ? changed : other))));
  // The distorted arguments have the same shape; the call itself refuses values out of range.
  return places[random() % places.length]!() as Args;
}

function flipDigit(hex: string, at: number): string {
  if (hex.length <= 2) return `${hex}00`;
  const place = 2 + (at % (hex.length - 2));
  const digit = (parseInt(hex[place]!, 16) ^ 1).toString(16);
  return hex.slice(0, place) + digit + hex.slice(place + 1);
}
