import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { writeBundle } from "../../settlement/bundle.ts";
import { scoreRootOf, settleEpochs } from "../../settlement/settle.ts";
import type { Context } from "../context.ts";
import type { Stage } from "../stage.ts";
import { gatherInputs } from "../settlementInputs.ts";

/** Stage `settle`, subject `firstEpoch-lastEpoch`: the score root of these epochs and its bundle. */
export function settleStage(context: Context): Stage {
  return {
    name: "settle",
    run: async (subject) => {
      const [firstEpoch, lastEpoch] = subject.split("-").map(BigInt) as [bigint, bigint];
      const { inputs, receipts } = await gatherInputs(context, firstEpoch, lastEpoch);
      const settlement = settleEpochs(inputs);
      const chainId = BigInt(context.deployment.chainId);
      const distributor = asAddress(context.deployment.addresses.RewardDistributor);
      const bundle = writeBundle(inputs, settlement, { chainId, distributor, receipts });
      for (const bytes of bundle.files.values()) await context.content.put(bytes);
      const root = scoreRootOf(settlement, bundle.bundleHash);
      return {
        root,
        rootHash: rootHashOf(root),
        bundle: await context.content.put(new TextEncoder().encode(bundle.manifest)),
        accounts: await context.content.put(bundle.files.get("accounts.ndjson")!),
      };
    },
  };
}
