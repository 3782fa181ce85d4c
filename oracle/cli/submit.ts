import type { ContributionKind } from "@openledger/protocol/registry/submission.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { eventOf } from "../chain/eventOf.ts";
import type { MinedTransaction } from "../chain/send.ts";
import { AccessError } from "../common/errors.ts";
import { table } from "./output.ts";
import type { Caps } from "../actions/datanets.ts";
import type { Session } from "./session.ts";

/** OPEN wei of bonds and review fees. */
export function costOf({ bond, reviewFee }: Caps, parts: number): bigint {
  return BigInt(parts) * (bond + reviewFee);
}

/** What a sender of contributions has to know about their cost. */
export function describeCost(caps: Caps, parts: number): string {
  const judge =
    caps.judgeModelId === 0n
      ? "nobody can charge the bonds"
      : `versions of model ${caps.judgeModelId} can charge the bonds of harmful data`;
  return [
    `${parts} contributions: at most ${formatOpen(costOf(caps, parts))} OPEN,`,
    `${formatOpen(caps.bond)} bond and ${formatOpen(caps.reviewFee)} review fee each; ${judge}`,
  ].join(" ");
}

/** @throws AccessError for an account that may not contribute data of this kind */
export async function requireAdmission(
  { contracts }: Session,
  datanetId: bigint,
  kind: ContributionKind,
  account: string,
): Promise<void> {
  const { DatanetRegistry } = contracts;
  const admitted =
    kind === "quality" ? DatanetRegistry.isCurator(datanetId, account) : DatanetRegistry.isAdmitted(datanetId, account);
  if (await admitted) return;
  throw new AccessError(`this account may not contribute ${kind} data to the Datanet`, {
    value: `${account}, Datanet ${datanetId}`,
    limit: kind === "quality" ? "its owner and its validators" : "accounts that its owner has admitted",
    remedy: `Use such an account's key, or ask ${await DatanetRegistry.ownerOf(datanetId)}, who owns the Datanet.`,
  });
}

/** Shows the submissions that were registered; in a dry run what would have been sent. */
export function showSubmitted(session: Session, mined: readonly (MinedTransaction | undefined)[]): void {
  const submitted = mined.flatMap((transaction) => {
    if (transaction === undefined) return [];
    const { args } = eventOf(transaction, session.contracts.ContributionRegistry, "Submitted");
    const first = args["firstContributionId"] as bigint;
    const parts = args["parts"] as readonly unknown[];
    return [
      {
        submissionId: args["submissionId"] as bigint,
        contributions: `${first}-${first + BigInt(parts.length) - 1n}`,
        transaction: transaction.hash,
      },
    ];
  });
  session.finish({ submitted }, () =>
    [
      table(submitted, [
        { title: "submission", value: ({ submissionId }) => `${submissionId}`, align: "right" },
        { title: "contributions", value: ({ contributions }) => contributions },
        { title: "transaction", value: ({ transaction }) => transaction },
      ]),
      "Serve your files until they are reviewed and trained on: npx openledger serve",
    ].join("\n"),
  );
}
