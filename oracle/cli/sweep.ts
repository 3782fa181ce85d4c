import { formatOpen } from "@openledger/protocol/units.ts";
import { eventOf } from "../chain/eventOf.ts";
import { table } from "./output.ts";
import { parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { requireModel } from "../actions/models.ts";
import { addChainOptions, type ChainOptions, withSession } from "./session.ts";
import { readParts, SWEPT_PARTS, type SweptParts } from "../chain/sweptParts.ts";

/** How a till was divided; OPEN wei. */
interface Swept {
  readonly modelId: bigint;
  readonly epoch: bigint;
  readonly amount: bigint;
  readonly parts: SweptParts;
  readonly transaction: string;
}

/** `openledger sweep`: divides what models have earned. */
export const sweepCommand: AddCommand = (program) => {
  addChainOptions(program.command("sweep"))
    .description("divide what is in the tills of models among everybody who has a part in it; anyone may")
    .argument("<models...>", "their ids; a child before its parent, so that royalties are divided too", collectIds)
    .action((models: bigint[], options: ChainOptions) =>
      withSession(program, options, async (session) => {
        for (const modelId of models) await requireModel(session.contracts, modelId);
        const swept: Swept[] = [];
        for (const modelId of models) {
          const mined = await session.send({
            kind: "sweep till",
            contract: "InferenceMarket",
            method: "sweep",
            args: [modelId],
          });
          if (mined === undefined) continue;
          const { args } = eventOf(mined, session.contracts.InferenceMarket, "Swept");
          swept.push({
            modelId,
            epoch: args["epoch"] as bigint,
            amount: args["amount"] as bigint,
            parts: readParts(args["parts"]),
            transaction: mined.hash,
          });
        }
        session.finish({ swept }, () =>
          table(swept, [
            { title: "model", value: ({ modelId }) => `${modelId}`, align: "right" },
            { title: "epoch", value: ({ epoch }) => `${epoch}`, align: "right" },
            { title: "OPEN", value: ({ amount }) => formatOpen(amount), align: "right" },
            ...SWEPT_PARTS.map((name) => ({
              title: name,
              value: ({ parts }: Swept) => formatOpen(parts[name]),
              align: "right" as const,
            })),
          ]),
        );
      }),
    );
};

function collectIds(text: string, before: bigint[] | undefined): bigint[] {
  return [...(before ?? []), parseId(text)];
}
