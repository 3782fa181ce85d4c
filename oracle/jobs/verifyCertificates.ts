import { receiptsCommitmentType } from "@openledger/protocol/eip712/availability.ts";
import type { SignedVote } from "@openledger/protocol/quorum/availability.ts";
import { z } from "zod";
import { interfaceOf } from "../chain/artifacts.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { findLastEvent } from "../chain/findEvents.ts";
import type { JsonRpcProvider } from "../chain/provider.ts";
import { ContentError } from "../common/errors.ts";
import { quorumAt } from "../quorum/snapshot.ts";
import type { Manifest } from "../settlement/manifest.ts";
import type { ProvidedFile } from "./availability.ts";
import { certifiedFiles } from "./postedCertificates.ts";
import type { Check } from "./verifyRoot.ts";

export interface ChainToAsk {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly blocksPerRequest: number;
}

const committed = z.object({ uri: z.string() });

/**
 * Whether operators certified what a bundle says of every receipts file: that it counts, or that it was lacking.
 *
 * @param postedAt time of the chain at which the root was posted, unix seconds.
 */
export async function verifyCertificates(
  chain: ChainToAsk,
  manifest: Manifest,
  votes: readonly SignedVote[],
  postedAt: bigint,
): Promise<Check> {
  const name = "receipts files count, or do not, by certificates of more than a third of the stake";
  const files = await committedFiles(chain, manifest);
  const snapshot = await quorumAt(chain.contracts.StakeManager, postedAt);
  try {
    if (snapshot === undefined) throw new ContentError("the root was posted before there was a snapshot");
    certifiedFiles(chain, manifest, files, votes, snapshot);
    return { name, holds: true, compared: files.length };
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return { name, holds: false, compared: files.length, problem: `${error.message}: ${String(error.value)}` };
  }
}

async function committedFiles(
  { provider, deployment, blocksPerRequest }: ChainToAsk,
  { pools }: Manifest,
): Promise<ProvidedFile[]> {
  const files: ProvidedFile[] = [];
  for (const { modelId, epoch, receiptCount, receiptsRoot } of pools) {
    const found = await findLastEvent(provider, {
      address: deployment.addresses.InferenceMarket,
      interface: interfaceOf("InferenceMarket"),
      name: "ReceiptsCommitted",
      indexed: [modelId, epoch],
      firstBlock: deployment.firstBlock,
      blocksPerRequest,
    });
    if (found === undefined) continue;
    const { uri } = committed.parse(found.event.args);
    const commitment = receiptsCommitmentType.hash({ receiptsRoot, count: receiptCount, uri });
    files.push({ modelId, epoch, commitment, uri });
  }
  return files;
}
