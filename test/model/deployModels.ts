import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { deployProxy } from "../deployProxy.ts";
import { connectTraining, SIZE } from "../training/freeTraining.ts";
import { CAPS, OPEN, deployRegistries, partsOf } from "../datanet/deployRegistries.ts";

export const MIN_PARENT_SHARE = 1_000n;
export const ROYALTY = 250n;

interface Parent {
  readonly modelId: bigint;
  readonly shareBps: bigint;
}
export const NO_PARENTS: Parent[] = [];

/** A model registry whose versions are trained for nothing: see {@link deployModelRegistry}. */
export async function deployModels(ethers: HardhatEthers) {
  const loaded = await deployModelRegistry(ethers);
  await connectTraining(ethers, { ...loaded, stakes: ethers.ZeroAddress });
  return loaded;
}

/** Registries with a model registry; `timelock` stands for the review contract and accepts contributions 1 … 3. */
export async function deployModelRegistry(ethers: HardhatEthers) {
  const registries = await deployRegistries(ethers);
  const { clock, datanets, contributions, timelock, contributor } = registries;
  const scheme = ethers.id("openledger/attribution/test");
  const models = await ethers.getContractAt(
    "ModelRegistry",
    await deployProxy(
      ethers,
      "ModelRegistry",
      [clock, datanets, contributions],
      [timelock.address, MIN_PARENT_SHARE, ROYALTY, scheme],
    ),
  );
  await contributions.setReview(timelock);
  await contributions.connect(contributor).submit(1, partsOf(3), "ipfs://parts", CAPS);
  await contributions.resolve(1, 0b111n, [], []);
  const terms = { parents: NO_PARENTS, provider: registries.relayer.address, price: OPEN, base: false };
  const artefacts = {
    weightsHash: ethers.id("weights"),
    recipeHash: ethers.id("recipe"),
    schemeId: scheme,
    snapshotIds: [1n],
    size: SIZE,
    uri: "ipfs://artefacts",
  };
  return { ...registries, models, scheme, terms, artefacts };
}

/** Model 1 of `buyer`, snapshot 1 of Datanet 1. */
export async function deployMinted(ethers: HardhatEthers) {
  const loaded = await deployModels(ethers);
  await loaded.models.connect(loaded.buyer).mint(loaded.terms, "ipfs://model");
  await loaded.models.pinSnapshot(1);
  return loaded;
}
