import type { Dataset } from "../../data/dataset.ts";

/** A data set with its first rows alone; training rows spread evenly where a file is sorted by label would be other rows. */
export function limited(dataset: Dataset, { train, test }: { readonly train: number; readonly test: number }): Dataset {
  return { ...dataset, train: dataset.train.slice(0, train), test: dataset.test.slice(0, test) };
}
