import { certificateOf, type SignedVote, verifiedVotes } from "@openledger/protocol/quorum/availability.ts";
import type { QuorumSnapshot } from "@openledger/protocol/quorum/members.ts";
import { z } from "zod";
import { ContentError } from "../common/errors.ts";
import { quorumAt } from "../quorum/snapshot.ts";
import { voteCodec } from "../settlement/codecs.ts";
import { type Manifest, parseManifest } from "../settlement/manifest.ts";
import { askPeer, firstAnswer } from "./askPeers.ts";
import { type Certified, poolName, type ProvidedFile, providedFiles, votingDomain } from "./availability.ts";
import { getManifestText } from "./bundleFiles.ts";
import type { Context } from "./context.ts";
import type { PostedRoot } from "./rootEvents.ts";

const rootAnswer = z.object({ bundle: z.string().optional(), certificates: z.string().optional() });

/**
 * Which files count in a posted root, as its bundle says and as votes certify under the snapshot that counted when it was posted;
 * undefined where no operator shows it, or none is needed because nothing was committed.
 */
export async function postedCertificates(
  context: Context,
  { rootHash, root, postedAt }: PostedRoot,
): Promise<Certified | undefined> {
  const files = await providedFiles(context, root.firstEpoch, root.lastEpoch);
  if (files.length === 0) return undefined;
  const snapshot = await quorumAt(context.contracts.StakeManager, postedAt);
  if (snapshot === undefined) return undefined;
  return firstAnswer(context, async (peer) => {
    const { bundle, certificates } = await askPeer(peer, `/v1/roots/${rootHash}`, rootAnswer);
    if (bundle === undefined || certificates === undefined) return undefined;
    const manifest = parseManifest(await getManifestText(context.content, bundle, root.bundleHash));
    const votes = voteCodec.decode(await context.content.get(certificates), certificates);
    return certifiedFiles(context, manifest, files, votes, snapshot);
  });
}

/** @throws ContentError for a file whose part in the bundle the votes do not certify */
export function certifiedFiles(
  context: Pick<Context, "deployment">,
  manifest: Manifest,
  files: readonly ProvidedFile[],
  shown: readonly SignedVote[],
  snapshot: QuorumSnapshot,
): Certified {
  const votes = verifiedVotes(votingDomain(context), snapshot.members, files, shown);
  const stated = new Map(manifest.pools.map((pool) => [poolName(pool), pool.receipts.certified]));
  const receiptsFiles: Record<string, "have" | "lack"> = {};
  const certificates = files.flatMap((file) => {
    const name = poolName(file);
    const said = stated.get(name);
    const certificate =
      said === "have" || said === "lack" ? certificateOf(votes, snapshot, file, said === "have") : undefined;
    if (certificate === undefined) {
      throw new ContentError("a bundle counts a receipts file, or does not, without a certificate", {
        value: `${said ?? "nothing"} of pool ${name}`,
        limit: `signatures of more than a third of the stake in snapshot ${snapshot.snapshotId}`,
      });
    }
    receiptsFiles[name] = said as "have" | "lack";
    return certificate;
  });
  return { receiptsFiles, votes: certificates };
}
