import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { SigningKey, Wallet, type BaseWallet } from "ethers";
import { scoreRootType, type ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { digestOf, signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, asHash, type Address, type Hash, type Hex } from "@openledger/protocol/hex.ts";
import { memberOf } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { possessionOf } from "../staking/possession.ts";
import type { EpochClock, OpenToken, RewardDistributor, StakeManager } from "../../typechain-types/index.ts";

export const DAY = 86_400n;
export const OPEN = 10n ** 18n;
export const Role = { Oracle: 0, Validator: 1, Compute: 2 } as const;

/** Parameters of the stake manager under test. */
export const STAKE_PARAMETERS = {
  minStake: 1_000n * OPEN,
  quorumFloor: 1_000n * OPEN,
  activationDelay: DAY,
  unbondingPeriod: 30n * DAY,
  snapshotLifetime: 14n * DAY,
  snapshotInterval: 5n * DAY,
  jailPeriod: 7n * DAY,
  minSigners: 3,
  challengerBps: 3_000,
};

/**
 * Code of a disputes contract that holds nothing up, and behind whose signers there is more than any root pays: returns 0 to a
 * call with one argument, the largest number to one with two. {@link HOLDING} returns 1 to all.
 */
export const IDLE = "0x366024105f035f5260205ff3";
export const HOLDING = "0x60015f5260205ff3";
export const DISPUTES = "0x00000000000000000000000000000000000d1590";

/** An oracle operator and the key that signs for it. */
export interface Operator {
  readonly account: HardhatEthersSigner;
  readonly key: BaseWallet;
}

export interface Staking {
  readonly owner: HardhatEthersSigner;
  readonly treasury: HardhatEthersSigner;
  readonly token: OpenToken;
  readonly clock: EpochClock;
  readonly stakes: StakeManager;
}

export interface Rewards extends Staking {
  readonly market: HardhatEthersSigner;
  readonly guardian: HardhatEthersSigner;
  readonly distributor: RewardDistributor;
}

type Ethers = HardhatEthers;

/** The token, whose supply the owner holds, and a stake manager. */
export async function deployStaking(ethers: Ethers): Promise<Staking> {
  const [owner, treasury] = (await ethers.getSigners()) as [HardhatEthersSigner, HardhatEthersSigner];
  const token = await ethers.deployContract("OpenToken", [owner, ethers.ZeroAddress]);
  const clock = await ethers.deployContract("EpochClock", [owner, 7n * DAY, DAY]);
  const stakes = await ethers.deployContract("StakeManager", [token, clock, owner, treasury, STAKE_PARAMETERS]);
  return { owner, treasury, token, clock, stakes };
}

/** Everything a root needs but operators: two signers stand for the market and the guardian; the guardian slashes. */
export async function deployRewards(ethers: Ethers): Promise<Rewards> {
  const staking = await deployStaking(ethers);
  const { owner, token, clock, stakes } = staking;
  const [, , market, guardian] = await ethers.getSigners();
  if (market === undefined || guardian === undefined) throw new Error("Needs at least 4 accounts.");
  const args = [token, clock, stakes, owner, guardian, 3_600n, 2n * DAY];
  const distributor = await ethers.deployContract("RewardDistributor", args);
  await ethers.provider.send("hardhat_setCode", [DISPUTES, IDLE]);
  await distributor.wire(DISPUTES, [market]);
  await stakes.seal(
    distributor,
    [Role.Oracle, Role.Validator].map((role) => ({ role, account: guardian })),
  );
  await token.connect(owner).transfer(market, 100_000_000n * OPEN);
  await token.connect(market).approve(distributor, ethers.MaxUint256);
  return { ...staking, market, guardian, distributor };
}

/** Registers oracle operators, each with `stake` and a key numbered from `firstKey`; the owner funds the accounts. */
export async function addOperators(
  { owner, token, stakes }: Staking,
  accounts: readonly HardhatEthersSigner[],
  stake: (index: number) => bigint,
  firstKey = 0,
): Promise<Operator[]> {
  const operators: Operator[] = [];
  for (const [i, account] of accounts.entries()) {
    const key = new Wallet(new SigningKey(keccakText(`operator ${firstKey + i}`)));
    const possession = await possessionOf(stakes, key, account.address, Role.Oracle);
    await stakes.connect(account).register(Role.Oracle, key.address, 1_000, ...possession);
    await token.connect(owner).transfer(account, stake(i));
    await token.connect(account).approve(stakes, stake(i));
    if (stake(i) > 0n) await stakes.connect(account).stake(Role.Oracle, account, stake(i), 0, 1_000);
    operators.push({ account, key });
  }
  return operators;
}

/** Signatures by `signers` over a digest, under the latest snapshot. */
export async function signDigest(stakes: StakeManager, digest: Hash, signers: readonly Operator[]): Promise<Hex> {
  const snapshotId = await stakes.latestSnapshot();
  const { members, denominator } = await stakes.quorumOf(snapshotId);
  const signatures = new Map<Address, string>(
    signers.map(({ key }) => [asAddress(key.address), key.signingKey.sign(digest).serialized]),
  );
  return packQuorumProof({ snapshotId, members: members.map(memberOf), denominator }, signatures);
}

/** The digest of a root for a distributor on the simulated chain. */
export async function digestOfRoot(distributor: RewardDistributor, root: ScoreRoot, snapshotId: bigint): Promise<Hash> {
  const { chainId } = await distributor.eip712Domain();
  const domain = signingDomain(chainId, asAddress(await distributor.getAddress()));
  return digestOf(domain, scoreRootType, { ...root, snapshotId });
}

/** Signatures by `signers` over a root, under the latest snapshot. */
export async function signRoot(
  { distributor, stakes }: Pick<Rewards, "distributor" | "stakes">,
  root: ScoreRoot,
  signers: readonly Operator[],
): Promise<Hex> {
  const digest = await digestOfRoot(distributor, root, await stakes.latestSnapshot());
  return signDigest(stakes, digest, signers);
}

/** The next root, paying what was funded through `lastEpoch`. */
export async function nextRoot(
  distributor: RewardDistributor,
  lastEpoch: bigint,
  payoutsRoot: Hash,
  accounts = 1,
): Promise<ScoreRoot> {
  const finalized = await distributor.finalizedRoot();
  const firstEpoch = finalized.lastEpoch + 1n;
  let payoutsTotal = finalized.payoutsTotal;
  for (let epoch = firstEpoch; epoch <= lastEpoch; epoch++) payoutsTotal += await distributor.fundedIn(epoch);
  const filler = (label: string): Hash => keccakText(`${label} ${lastEpoch}`);
  return {
    firstEpoch,
    lastEpoch,
    previousRoot: asHash(finalized.rootHash),
    payoutsRoot,
    payoutsTotal,
    accounts,
    modelsRoot: filler("models"),
    bundleHash: filler("bundle"),
  };
}
