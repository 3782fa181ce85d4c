import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { SigningKey, Wallet } from "ethers";
import { CHANNELS_ADDRESS } from "@openledger/protocol/eip712/channel.ts";
import { asAddress, asHash, type Address, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { memberOf } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { ROLE } from "@openledger/protocol/stakeRole.ts";
import { accounts } from "../accounts.ts";
import { possessionOf } from "../staking/possession.ts";
import { deployProxy } from "../deployProxy.ts";
import { connectTraining } from "../training/freeTraining.ts";
import { DAY, OPEN, TERMS } from "../datanet/deployRegistries.ts";

export { DAY, OPEN };
export const HOUR = 3_600n;
export const SLASH_BPS = 5_000n;
export const EQUIVOCATION_BPS = 1_000n;
export const DEMAND_BOND = 100n * OPEN;
export const RECEIPT_DEMAND_FEE = 5n * OPEN;
export const REVEAL_WINDOW = 6n * HOUR;
export const CHALLENGE_WINDOW = DAY;
export const CERTIFICATE_FLOOR = 5_000n;
export const STAKE = 10_000n * OPEN;
export const OPERATORS = 4;
/** Epochs last a day; receipts of an epoch are taken for one hour more. */
export const RECEIPTS_GRACE = HOUR;

const STAKE_PARAMETERS = {
  minStake: 1_000n * OPEN,
  quorumFloor: 1_000n * OPEN,
  activationDelay: HOUR,
  unbondingPeriod: 45n * DAY,
  snapshotLifetime: 30n * DAY,
  snapshotInterval: DAY,
  jailPeriod: DAY,
  minSigners: 3,
  challengerBps: 3_000,
};

export type Deployment = Awaited<ReturnType<typeof deployDisputes>>;

/** Every contract that attribution touches, connected, with `OPERATORS` staked oracle operators under a snapshot. */
/** @param stakeManager The contract that stands for the stake manager: one that derives from it, where a test needs a weaker one. */
export async function deployDisputes(
  ethers: HardhatEthers,
  wait: (seconds: bigint) => Promise<unknown>,
  stakeManager = "StakeManager",
) {
  const named = await accounts(
    ethers,
    "timelock",
    "treasury",
    "curator",
    "provider",
    "challenger",
    "stranger",
    "alice",
    "bob",
    "carol",
  );
  const { timelock, treasury, curator, provider } = named;
  const token = await ethers.deployContract("OpenToken", [timelock, ethers.ZeroAddress]);
  const clock = await ethers.deployContract("EpochClock", [timelock, DAY, RECEIPTS_GRACE]);
  const datanets = await ethers.getContractAt(
    "DatanetRegistry",
    await deployProxy(ethers, "DatanetRegistry", [], [timelock.address]),
  );
  const contributions = await ethers.getContractAt(
    "ContributionRegistry",
    await deployProxy(ethers, "ContributionRegistry", [token, clock, datanets], [timelock.address, 30n * DAY]),
  );
  const scheme = keccakText("kernel-operator/1");
  const models = await ethers.getContractAt(
    "ModelRegistry",
    await deployProxy(ethers, "ModelRegistry", [clock, datanets, contributions], [timelock.address, 0, 0, scheme]),
  );
  const stakes = await ethers.getContractAt(
    "StakeManager",
    await ethers.deployContract(stakeManager, [token, clock, timelock, treasury, STAKE_PARAMETERS]),
  );
  await connectTraining(ethers, { token, stakes, models, timelock });
  const split = { protocolBps: 500, ownerBps: 2_000, computeBps: 1_500, stakersBps: 0, curatorBps: 0 };
  const market = await ethers.getContractAt(
    "InferenceMarket",
    await deployProxy(
      ethers,
      "InferenceMarket",
      [token, clock, models, stakes],
      [timelock.address, treasury.address, split],
    ),
  );
  const distributor = await ethers.deployContract("RewardDistributor", [
    token,
    clock,
    stakes,
    timelock,
    timelock,
    HOUR,
    CHALLENGE_WINDOW,
  ]);
  const indexes = await ethers.deployContract("IndexRegistry", [
    clock,
    stakes,
    models,
    timelock,
    CHALLENGE_WINDOW,
    CERTIFICATE_FLOOR,
  ]);
  const harmCharges = await ethers.deployContract("HarmCharges", [contributions, models, indexes, treasury]);
  const demands = await ethers.deployContract("AttributionDemands", [
    token,
    contributions,
    indexes,
    distributor,
    treasury,
    timelock,
    { revealWindow: REVEAL_WINDOW, bond: DEMAND_BOND },
  ]);
  const escrow = await ethers.deployContract("SlashEscrow", [token, stakes, indexes, distributor, demands]);
  const disputes = await ethers.deployContract("AttributionDisputes", [
    { stakes, contributions, models, indexes, market, distributor, demands, escrow },
    SLASH_BPS,
  ]);
  const availability = await ethers.deployContract("AvailabilityFaults", [stakes, distributor, EQUIVOCATION_BPS]);
  const receiptDisputes = await ethers.deployContract("ReceiptDisputes", [
    { token, clock, models, market, stakes, channels: CHANNELS_ADDRESS },
    { fee: RECEIPT_DEMAND_FEE, doubleSaleBps: 5_000, silenceBps: 1_000 },
  ]);

  await distributor.wire(disputes, [market]);
  await indexes.setDisputes(disputes);
  await market.setCollaborators(distributor, indexes);
  await stakes.seal(distributor, [
    { role: ROLE.oracle, account: disputes },
    { role: ROLE.oracle, account: escrow },
    { role: ROLE.oracle, account: availability },
    { role: ROLE.compute, account: receiptDisputes },
  ]);
  await contributions.setReview(timelock);
  await contributions.setHarmCharges(harmCharges);
  await datanets.connect(curator).create("Court opinions", "ipfs://datanet", ["law"], TERMS);
  for (const account of Object.values(named).slice(1)) {
    await token.transfer(account, 1_000_000n * OPEN);
    for (const spender of [contributions, demands]) await token.connect(account).approve(spender, ethers.MaxUint256);
  }
  const operators = await stakeOperators();
  return {
    ...named,
    token,
    clock,
    datanets,
    contributions,
    models,
    stakes,
    market,
    distributor,
    indexes,
    harmCharges,
    demands,
    disputes,
    escrow,
    availability,
    receiptDisputes,
    operators,
    scheme,
    provider,
  };

  async function stakeOperators() {
    const signers = (await ethers.getSigners()).slice(12, 12 + OPERATORS);
    const staked: { account: HardhatEthersSigner; key: Wallet }[] = [];
    for (const [i, account] of signers.entries()) {
      const key = new Wallet(new SigningKey(keccakText(`oracle ${i}`)));
      await token.transfer(account, STAKE);
      await token.connect(account).approve(stakes, STAKE);
      const possession = await possessionOf(stakes, key, account.address, 0);
      await stakes.connect(account).register(0, key.address, 1_000, ...possession);
      await stakes.connect(account).stake(0, account, STAKE, 0, 1_000);
      staked.push({ account, key });
    }
    await wait(2n * HOUR);
    await stakes.snapshotQuorum();
    return staked;
  }
}

/** Signatures over a digest, of all operators or of as many. */
export async function signByAll({ stakes, operators }: Deployment, digest: string, count = operators.length) {
  const snapshotId = await stakes.latestSnapshot();
  const { members, denominator } = await stakes.quorumOf(snapshotId);
  const hash: Hash = asHash(digest);
  const signatures = new Map<Address, string>(
    operators.slice(0, count).map(({ key }) => [asAddress(key.address), key.signingKey.sign(hash).serialized]),
  );
  return packQuorumProof({ snapshotId, members: members.map(memberOf), denominator }, signatures);
}
