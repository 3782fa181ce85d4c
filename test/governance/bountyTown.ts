import { ethers as ethersLibrary } from "ethers";
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { asAddress, asHash, type Hash, toHex } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { buildContentTree } from "@openledger/protocol/trees/contentTree.ts";
import { canonicalBytes, type Example, exampleHash, textExample } from "../../oracle/data/example.ts";
import { type BuiltIndex, indexEvidence } from "../attribution/builtIndex.ts";
import { DAY, deployDisputes, OPEN } from "../attribution/deployDisputes.ts";
import { createEconomy } from "../attribution/economy.ts";
import { CAPS } from "../datanet/deployRegistries.ts";
import { SIZE } from "../training/freeTraining.ts";

export const LABEL = "lost_card";
export const AMOUNT = 1_000n * OPEN;

/** A Datanet with three contributions, model 1 without an active version, and a funder with OPEN. */
export async function deployBountyTown(ethers: HardhatEthers, wait: (seconds: bigint) => Promise<unknown>) {
  const deployment = await deployDisputes(ethers, wait);
  const { token, datanets, contributions, models, indexes, challenger: funder } = deployment;
  const bounties = await ethers.deployContract("DataBounties", [token, datanets, contributions, models, indexes]);
  const town = await createEconomy(deployment, { seed: 7, models: 1, epochs: 0, parts: 1 }, wait);
  await token.connect(funder).approve(bounties, ethers.MaxUint256);
  return { ...deployment, ethers, wait, bounties, town, funder };
}

export type BountyTown = Awaited<ReturnType<typeof deployBountyTown>>;

export async function now({ ethers }: BountyTown): Promise<bigint> {
  return BigInt((await ethers.provider.getBlock("latest"))!.timestamp);
}

/** Terms that pass: 1,000 OPEN for a tenth of what helps, two weeks to contribute. */
export async function termsOf(loaded: BountyTown) {
  const time = await now(loaded);
  return {
    datanetId: 1n,
    modelId: 1n,
    amount: AMOUNT,
    targetBps: 1_000n,
    closesAt: time + 14n * DAY,
    deadline: time + 60n * DAY,
    period: 2n * DAY,
  };
}

/** One contribution of these examples, accepted. */
export async function contribute(
  { contributions }: BountyTown,
  person: HardhatEthersSigner,
  labels: readonly string[],
  accepted = true,
) {
  const examples = labels.map((label, i) => textExample(`text ${i} of ${person.address}`, label));
  const tree = buildContentTree(asAddress(person.address.toLowerCase()), examples.map(contentItem));
  const part = { kind: 0, contentRoot: tree.root, examples: examples.length };
  await contributions.connect(person).submit(1n, [part], "ipfs://examples", CAPS);
  await contributions.resolve(await contributions.submissionCount(), accepted ? 1n : 0n, [], []);
  const contributionId = await contributions.count();
  return {
    contributionId,
    /** What shows an example of it. */
    shown: (place: number) =>
      [
        contributionId,
        toHex(canonicalBytes(examples[place]!)) as string,
        saltOf(place) as string,
        { size: examples.length, index: place, siblings: tree.proof(place).siblings.map((node) => ({ ...node })) },
      ] as const,
  };
}

export type Contributed = Awaited<ReturnType<typeof contribute>>;

const saltOf = (place: number): Hash => asHash(ethersLibrary.toBeHex(place + 1, 32));
const contentItem = (example: Example, place: number) => ({
  salt: saltOf(place),
  sha256: asHash(exampleHash(example)),
});

/** Trains a version of model 1 on a snapshot and activates it; `perExample` is what each contribution's examples help. */
export async function activate(
  { models, indexes, town, scheme, wait }: BountyTown,
  perExample: readonly number[],
  { snapshotId, certificateBps = 9_000 }: { snapshotId?: bigint; certificateBps?: number } = {},
): Promise<BuiltIndex> {
  if (snapshotId === undefined) await models.pinSnapshot(1);
  const hash = keccakText("weights");
  const snapshotIds = [snapshotId ?? (await models.snapshotCount())];
  const artefacts = { weightsHash: hash, recipeHash: hash, schemeId: scheme, snapshotIds, size: SIZE, uri: "" };
  await models.publishVersion(1n, artefacts, 0n);
  const index = await town.buildIndex(await models.versionCount(), { perExample });
  await town.attest(index, certificateBps);
  await wait(DAY);
  await indexes.activate(index.versionId);
  return index;
}

/** What `enter` takes about a contribution. */
export function rowOf(index: BuiltIndex, contributionId: bigint) {
  const position = index.rows.findIndex((row) => row.contributionId === contributionId);
  return [index.versionId, indexEvidence(index, position)] as const;
}
