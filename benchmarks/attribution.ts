import { benchmark as quality } from "./attributionQuality.ts";
import { benchmark as speed } from "./attributionSpeed.ts";
import type { Benchmark } from "./report.ts";

/** Speed, then quality, of the attribution engine in one table; options go to the quality studies. */
export const benchmark: Benchmark = {
  name: "attribution",
  seed: quality.seed,
  async *measure(options) {
    yield* speed.measure([]);
    yield* quality.measure(options);
  },
};
