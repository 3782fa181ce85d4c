import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import { writeBundle } from "../settlement/bundle.ts";
import { voteCodec } from "../settlement/codecs.ts";
import { scoreRootOf, settleEpochs } from "../settlement/settle.ts";
import { type Certified, poolName } from "./availability.ts";
import type { Context } from "./context.ts";
import type { ResultOf } from "./results.ts";
import { gatherInputs } from "./settlementInputs.ts";

/** The epochs of a subject `firstEpoch-lastEpoch`. */
export function epochsOf(subject: string): [firstEpoch: bigint, lastEpoch: bigint] {
  return subject.split("-").map(BigInt) as [bigint, bigint];
}

/** The score root of these epochs with the files that were certified, and its bundle. */
export async function settleRange(
  context: Context,
  subject: string,
  { receiptsFiles, votes }: Certified,
): Promise<ResultOf<"settle">> {
  const { content, deployment } = context;
  const { inputs, receipts } = await gatherInputs(context, ...epochsOf(subject), receiptsFiles);
  const settlement = settleEpochs(inputs);
  const bundle = writeBundle(inputs, settlement, {
    chainId: BigInt(deployment.chainId),
    distributor: asAddress(deployment.addresses.RewardDistributor),
    receipts,
    receiptsFiles: inputs.pools.map((pool) => receiptsFiles[poolName(pool)] ?? "none"),
  });
  for (const bytes of bundle.files.values()) await content.put(bytes);
  const root = scoreRootOf(settlement, bundle.bundleHash);
  return {
    root,
    rootHash: rootHashOf(root),
    bundle: await content.put(new TextEncoder().encode(bundle.manifest)),
    accounts: await content.put(bundle.files.get("accounts.ndjson")!),
    receiptsFiles: { ...receiptsFiles },
    certificates: await content.put(voteCodec.encode(votes)),
  };
}
