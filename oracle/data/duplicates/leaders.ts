/** Most originals that one bucket holds: bounds the work per item, whatever the items are. */
const BUCKET_CAPACITY = 64;

/** An earlier item that a new one repeats. */
export interface Match {
  /** Id of the earliest original that is similar enough. */
  readonly original: number;
  /** In [threshold, 1]. */
  readonly similarity: number;
}

export interface LeaderIndex<T> {
  /**
   * Compares an item with the originals so far. Returns the match, or undefined when the item is an original itself,
   * from now on known under `id`. Ids ascend.
   */
  place(id: number, item: T): Match | undefined;
  /** The match of an item that is not to become an original. */
  find(item: T): Match | undefined;
}

/**
 * Leader clustering (Hartigan 1975) over locality-sensitive buckets: items in order, each joins the earliest original
 * that shares a bucket with it and is similar enough, or becomes an original. Whether an item is kept depends on the
 * items before it alone, so nobody can push out an earlier one by adding a later one.
 *
 * Cost per item: at most bands × {@link BUCKET_CAPACITY} comparisons. A full bucket takes no further originals.
 *
 * @param bucketsOf one bucket key per band; keys of different bands are never compared.
 * @param similarity in [0, 1]; called for candidate pairs only.
 */
export function createLeaderIndex<T>(
  bucketsOf: (item: T) => readonly number[],
  similarity: (item: T, original: T) => number,
  threshold: number,
): LeaderIndex<T> {
  const bands: Map<number, number[]>[] = [];
  const originals = new Map<number, T>();
  function bucketsAt(item: T): number[][] {
    return bucketsOf(item).map((key, band) => {
      const bucketsOfBand = (bands[band] ??= new Map<number, number[]>());
      let bucket = bucketsOfBand.get(key);
      if (bucket === undefined) bucketsOfBand.set(key, (bucket = []));
      return bucket;
    });
  }
  function matchIn(buckets: readonly (readonly number[])[], item: T): Match | undefined {
    const candidates = [...new Set(buckets.flat())].sort((a, b) => a - b);
    for (const original of candidates) {
      const found = similarity(item, originals.get(original)!);
      if (found >= threshold) return { original, similarity: found };
    }
    return undefined;
  }
  return {
    find: (item) => matchIn(bucketsAt(item), item),
    place(id, item) {
      const buckets = bucketsAt(item);
      const match = matchIn(buckets, item);
      if (match !== undefined) return match;
      originals.set(id, item);
      for (const bucket of buckets) if (bucket.length < BUCKET_CAPACITY) bucket.push(id);
      return undefined;
    },
  };
}
