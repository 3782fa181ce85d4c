import type { WrittenExample } from "../../data/written/written.ts";
import type { Contributed } from "../versionTask.ts";

/** What one account contributed to Datanet 1: each list of examples is one contribution, the quality set is part 9. */
export function contributedWriting(
  train: readonly (readonly WrittenExample[])[],
  quality: readonly WrittenExample[],
): Contributed {
  const contributionOf = (examples: readonly WrittenExample[], part: number, kind: "train" | "quality") => ({
    contribution: {
      ...{ contributionId: BigInt(part + 1), submissionId: 1n, datanetId: 1n, part, kind, examples: examples.length },
      ...{ contributor: `0x${"1".repeat(40)}`, sponsor: `0x${"0".repeat(40)}`, contentRoot: "", uri: "" },
      revokedFrom: undefined,
    },
    examples,
  });
  return {
    datanetIds: [1n],
    train: train.map((examples, part) => contributionOf(examples, part, "train")),
    quality: [contributionOf(quality, 9, "quality")],
  };
}
