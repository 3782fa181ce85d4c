// Writes the golden vectors: `node test/vectors/generate.ts`. Inputs are fixed; a change of any output is a change of the protocol.
import { writeFileSync } from "node:fs";
import { arithmeticVectors } from "./arithmetic.ts";
import { leafVectors } from "./leaves.ts";
import { payoutVectors } from "./payouts.ts";
import { quorumVectors } from "./quorum.ts";
import { registryVectors } from "./registry.ts";
import { sumTreeVectors } from "./sumTrees.ts";
import { typedDataVectors } from "./typedData.ts";

/** Every file of vectors by name, as it is computed now. Numbers beyond 2^53 are decimal strings. */
export function allVectors(): Record<string, unknown> {
  const vectors = {
    arithmetic: arithmeticVectors(),
    leaves: leafVectors(),
    payouts: payoutVectors(),
    quorum: quorumVectors(),
    registry: registryVectors(),
    sumTrees: sumTreeVectors(),
    typedData: typedDataVectors(),
  };
  return JSON.parse(
    JSON.stringify(vectors, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  ) as Record<string, unknown>;
}

if (import.meta.main) {
  for (const [name, vectors] of Object.entries(allVectors())) {
    writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(vectors, null, 2)}\n`);
  }
}
