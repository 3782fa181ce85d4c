import { availabilityType, receiptsCommitmentType } from "@openledger/protocol/eip712/availability.ts";
import { digestOf, type SigningDomain, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress } from "@openledger/protocol/hex.ts";
import {
  certificateOf,
  type CommittedFile,
  fileName,
  type SignedVote,
  verifiedVotes,
  voteName,
} from "@openledger/protocol/quorum/availability.ts";
import type { QuorumSnapshot } from "@openledger/protocol/quorum/members.ts";
import { NotYetError } from "../common/errors.ts";
import { isContentUri } from "../content/cid.ts";
import { ContentUnavailableError } from "../content/fetchContent.ts";
import { latestQuorum } from "../quorum/snapshot.ts";
import { readEpochTimes } from "../store/epochTimes.ts";
import type { Context } from "./context.ts";
import { committedReceipts, fundedPools } from "./poolEvents.ts";

/** Chain seconds after the end of its epoch in which a file must have reached an operator, or else it says that it lacks it. */
export const PATIENCE = 86_400n;

/** Of each pool with committed receipts, by {@link poolName}: whether the file counts. */
export type ReceiptsFiles = Readonly<Record<string, "have" | "lack">>;

/** Which files count, and the votes that certify it. */
export interface Certified {
  readonly receiptsFiles: ReceiptsFiles;
  readonly votes: readonly SignedVote[];
}

/** What a provider committed to, and where the file is. */
export interface ProvidedFile extends CommittedFile {
  readonly uri: string;
}

/** How results and bundles name a pool. */
export function poolName({ modelId, epoch }: { readonly modelId: bigint; readonly epoch: bigint }): string {
  return `${modelId}-${epoch}`;
}

/** The files that were committed for the funded pools of these epochs. */
export async function providedFiles(
  { events }: Pick<Context, "events">,
  firstEpoch: bigint,
  lastEpoch: bigint,
): Promise<ProvidedFile[]> {
  const files: ProvidedFile[] = [];
  for (const { modelId, epoch } of await fundedPools(events, firstEpoch, lastEpoch)) {
    const committed = await committedReceipts(events, modelId, epoch);
    if (committed === undefined) continue;
    files.push({ modelId, epoch, commitment: receiptsCommitmentType.hash(committed), uri: committed.uri });
  }
  return files;
}

/** What votes about the files of this deployment are signed for. */
export function votingDomain({ deployment }: Pick<Context, "deployment">): SigningDomain {
  return signingDomain(BigInt(deployment.chainId), asAddress(deployment.addresses.RewardDistributor));
}

/**
 * Decides with the other operators which committed files of these epochs count: says of each what this one has, hears what the
 * others say, and goes by certificates alone. Where there is one for each answer, a file that can be had counts: whoever has it
 * serves it, so all come to the same.
 *
 * @throws NotYetError while there is a file without a certificate, or one that only others have
 */
export async function certifyFiles(context: Context, firstEpoch: bigint, lastEpoch: bigint): Promise<Certified> {
  const files = await providedFiles(context, firstEpoch, lastEpoch);
  if (files.length === 0) return { receiptsFiles: {}, votes: [] };
  const snapshot = await latestQuorum(context.contracts.StakeManager);
  await hearPeers(context, files, snapshot, firstEpoch, lastEpoch);
  await vote(context, files, snapshot, firstEpoch, lastEpoch);

  const votes = await context.votes.of(firstEpoch, lastEpoch);
  const receiptsFiles: Record<string, "have" | "lack"> = {};
  const certificates: SignedVote[] = [];
  const waiting: ProvidedFile[] = [];
  for (const file of files) {
    const have = certificateOf(votes, snapshot, file, true);
    const lack = certificateOf(votes, snapshot, file, false);
    const isHere = have !== undefined && (await canBeHad(context, file));
    const certificate = isHere ? have : lack;
    if (certificate === undefined) {
      waiting.push(file);
      continue;
    }
    receiptsFiles[poolName(file)] = isHere ? "have" : "lack";
    certificates.push(...certificate);
  }
  if (waiting.length === 0) return { receiptsFiles, votes: certificates };
  throw new NotYetError("operators have not certified yet whether they have the committed receipts", {
    value: waiting.map(poolName).join(),
    limit: "signatures of more than a third of all stake that counts, and a file that can be fetched if they have it",
    remedy: "Wait for the other operators: GET /v1/availability of each shows what it has heard.",
  });
}

/** Keeps what members of the snapshot say of these files, and reports a key that says two things. */
async function hearPeers(
  context: Context,
  files: readonly ProvidedFile[],
  { members }: QuorumSnapshot,
  firstEpoch: bigint,
  lastEpoch: bigint,
): Promise<void> {
  const known = new Set((await context.votes.of(firstEpoch, lastEpoch)).map(voteName));
  const answers = await context.peers.votesOf(firstEpoch, lastEpoch);
  const unheard = answers.map((offered) => offered.filter((said) => !known.has(voteName(said))));
  const domain = votingDomain(context);
  for (const heard of unheard.flatMap((offered) => verifiedVotes(domain, members, files, offered))) {
    if (!(await context.votes.add(heard))) continue;
    context.metrics.equivocations.inc();
    context.log.error(
      { signer: heard.signer, file: fileName(heard) },
      "a key signed both that it has a committed file and that it lacks it: GET /v1/availability shows the two signatures",
    );
  }
}

/** Says of each file whether this operator has it, as soon as it knows; what it has said it does not take back. */
async function vote(
  context: Context,
  files: readonly ProvidedFile[],
  { members }: QuorumSnapshot,
  firstEpoch: bigint,
  lastEpoch: bigint,
): Promise<void> {
  const { key, votes, events, contracts } = context;
  const signer = key && asAddress(key.wallet.address);
  if (key === undefined || signer === undefined || !members.some((member) => member.signer === signer)) return;
  const domain = votingDomain(context);
  const times = await readEpochTimes(events, await contracts.EpochClock.receiptsGrace());
  const now = BigInt((await events.head())?.timestamp ?? 0);
  const heard = await votes.of(firstEpoch, lastEpoch);
  const said = new Set(heard.filter((known) => known.signer === signer).map(fileName));
  for (const { uri, ...file } of files) {
    if (said.has(fileName(file))) continue;
    const have = await canBeHad(context, { ...file, uri });
    // nobody ever has what is named by no hash
    if (!have && isContentUri(uri) && now <= times.endOf(file.epoch) + PATIENCE) continue;
    const availability = { ...file, have };
    const signature = key.wallet.signingKey.sign(digestOf(domain, availabilityType, availability)).compactSerialized;
    await votes.addOwn({ ...availability, signature, signer });
  }
}

/** Whether the file is here, or was just fetched from an operator that has it. */
async function canBeHad({ content }: Pick<Context, "content">, { uri }: ProvidedFile): Promise<boolean> {
  if (!isContentUri(uri)) return false;
  try {
    await content.get(uri);
    return true;
  } catch (error) {
    if (error instanceof ContentUnavailableError) return false;
    throw error;
  }
}
