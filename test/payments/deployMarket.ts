import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { asHash } from "@openledger/protocol/hex.ts";
import { hashIndexParts, type IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { deployProxy } from "../deployProxy.ts";
import { DAY, OPEN } from "../datanet/deployRegistries.ts";
import { connectTraining } from "../training/freeTraining.ts";
import { deployModelRegistry, MIN_PARENT_SHARE } from "../model/deployModels.ts";
import { IDLE, STAKE_PARAMETERS, addOperators, signDigest, type Operator } from "../rewards/deployRewards.ts";

export const SPLIT = { protocolBps: 500n, ownerBps: 2_000n, computeBps: 1_500n, stakersBps: 1_000n, curatorBps: 0n };
const HOUR = 3_600n;

/** Everything between a payment and the contributors' pool, and three oracle operators. */
export async function deployMarket(ethers: HardhatEthers) {
  const loaded = await deployModelRegistry(ethers);
  const { token, clock, models, timelock } = loaded;
  const treasury = ethers.Wallet.createRandom().address;
  const stakes = await ethers.deployContract("StakeManager", [token, clock, timelock, treasury, STAKE_PARAMETERS]);
  await connectTraining(ethers, { ...loaded, stakes });
  const indexes = await ethers.deployContract("IndexRegistry", [clock, stakes, models, timelock, HOUR, 0n]);
  const distributor = await ethers.deployContract("RewardDistributor", [
    token,
    clock,
    stakes,
    timelock,
    timelock,
    HOUR,
    DAY,
  ]);
  const market = await ethers.getContractAt(
    "InferenceMarket",
    await deployProxy(ethers, "InferenceMarket", [token, clock, models, stakes], [timelock.address, treasury, SPLIT]),
  );
  await market.setCollaborators(distributor, indexes);
  await stakes.seal(distributor, []);

  // No dispute is open: the address answers every question with 0.
  const disputes = ethers.Wallet.createRandom().address;
  await ethers.provider.send("hardhat_setCode", [disputes, IDLE]);
  await indexes.setDisputes(disputes);
  await distributor.wire(disputes, [market]);
  const signers = await ethers.getSigners();
  const accounts: HardhatEthersSigner[] = signers.slice(10, 13);
  const operators = await addOperators(
    { owner: timelock, treasury: timelock, token, clock, stakes },
    accounts,
    () => 2_000n * OPEN,
  );
  return { ...loaded, treasury, stakes, indexes, distributor, market, operators };
}

type Market = Awaited<ReturnType<typeof deployMarket>>;

/** Attests an index of the version and activates it once it is final. */
export async function activate(
  ethers: HardhatEthers,
  {
    stakes,
    models,
    indexes,
    operators,
  }: Pick<Market, "stakes" | "models" | "indexes"> & { operators: readonly Operator[] },
  versionId: bigint,
): Promise<void> {
  const pass = async (seconds: bigint) => {
    await ethers.provider.send("evm_increaseTime", [Number(seconds)]);
    await ethers.provider.send("evm_mine", []);
  };
  if ((await stakes.latestSnapshot()) === 0n) {
    await pass(STAKE_PARAMETERS.activationDelay);
    await stakes.snapshotQuorum();
  }
  const parts: IndexPart[] = [];
  for (const snapshotId of (await models.versionOf(versionId)).snapshotIds) {
    const { datanetId } = await models.snapshotOf(snapshotId);
    const [root, quality] = [asHash(ethers.id(`index ${versionId}`)), asHash(ethers.id("quality"))];
    parts.push({ datanetId, root, size: 3, qualityHash: quality, harmfulRoot: quality });
  }
  const attestation = {
    versionId,
    partsHash: hashIndexParts(parts),
    size: 3 * parts.length,
    k: 32n,
    certificateBps: 9_000n,
    bundleHash: ethers.id("bundle"),
  };
  const digest = asHash(await indexes.attestationDigest(attestation, await stakes.latestSnapshot()));
  await indexes.attest(attestation, parts, await signDigest(stakes, digest, operators));
  await pass(HOUR);
  await indexes.activate(versionId);
}

/** The market whose models are `owner`'s and whose answers `provider` gives. */
export async function deployOwned(ethers: HardhatEthers) {
  const loaded = await deployMarket(ethers);
  return { ...loaded, owner: loaded.buyer, provider: loaded.relayer };
}

/** Model 1 of `owner` with an active version, model 2 of `curator` that derives from it, its version published only. */
export async function deployRunning(ethers: HardhatEthers) {
  const loaded = await deployOwned(ethers);
  const { models, owner, curator, terms, artefacts } = loaded;
  await models.connect(owner).mint(terms, "ipfs://model");
  await models.pinSnapshot(1);
  await models.connect(owner).publishVersion(1, artefacts, 0n);
  await activate(ethers, loaded, 1n);
  await models.connect(curator).mint({ ...terms, parents: [{ modelId: 1n, shareBps: MIN_PARENT_SHARE }] }, "");
  await models.connect(curator).publishVersion(2, artefacts, 0n);
  return loaded;
}
