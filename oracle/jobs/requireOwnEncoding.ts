import { canonicalJson } from "@openledger/protocol/canonicalJson.ts";
import { InputError } from "../common/errors.ts";
import { type Encoding, encodingOf } from "./trainingData.ts";
import type { ContributedExamples } from "./versionData.ts";

/**
 * Refuses a plan whose means, deviations and categories are not those of the training data: nobody may choose them.
 *
 * @throws InputError with both
 */
export function requireOwnEncoding(
  { encoding }: { readonly encoding: Encoding },
  train: readonly Pick<ContributedExamples, "examples">[],
): void {
  if (typeof encoding === "string" || encoding.kind !== "standardised-rows/1") return;
  const own = encodingOf(train.flatMap(({ examples }) => examples));
  const [stated, expected] = [canonicalJson(encoding), canonicalJson(own)];
  if (stated === expected) return;
  throw new InputError("the plan's encoding is not the one that the training data give", {
    value: stated.slice(0, 200),
    limit: expected.slice(0, 200),
    remedy: "Publish the version with the plan that `openledger train` writes.",
  });
}
