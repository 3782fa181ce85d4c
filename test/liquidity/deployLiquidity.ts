import { keccakText } from "@openledger/protocol/keccak.ts";
import { asHash } from "@openledger/protocol/hex.ts";
import { hashIndexParts } from "@openledger/protocol/trees/indexParts.ts";
import { Wallet } from "ethers";
import { network } from "hardhat";
import { SCHEME_IDS } from "../../deploy/scheme.ts";
import type {
  AgentIdentityRegistry,
  ContributionRegistry,
  ContributionReview,
  DatanetRegistry,
  EpochClock,
  IndexRegistry,
  InferenceMarket,
  IUniswapV2Factory,
  ISeaport,
  Launchpad,
  ModelGrants,
  ModelRegistry,
  ModelShares,
  OpenToken,
  RewardDistributor,
  SaleZone,
  ShareIssuer,
  ShareTrades,
  StakeManager,
  TrainingFees,
} from "../../typechain-types/index.ts";
import { deployProtocol } from "../deployProtocol.ts";
import { partsOf } from "../datanet/deployRegistries.ts";
import { addOperators, Role, signDigest, type Operator } from "../rewards/deployRewards.ts";
import { possessionOf } from "../staking/possession.ts";
import { SIZE } from "../training/freeTraining.ts";

export const connection = await network.create({ network: "default", chainType: "op" });
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

export const OPEN = 10n ** 18n;
export const DAY = 86_400n;
export const SUPPLY = 1_000_000n * OPEN;

/** IModelGrants.Check. */
export const CHECK = { Review: 0n, VersionActivated: 1n } as const;

/**
 * The whole protocol, and model 1 of `creator`, whose active version was
 * trained on contributions 1 and 2 of `contributor` and 3 of `secondContributor`.
 */
export async function deployLiquidity() {
  const { parameters, addresses, at } = await deployProtocol(connection);
  const [deployer, creator, contributor, secondContributor, validator, alice, bob, carol, attacker, provider, ...rest] =
    await ethers.getSigners();
  const protocol = {
    parameters,
    addresses,
    token: at<OpenToken>("OpenToken"),
    clock: at<EpochClock>("EpochClock"),
    stakes: at<StakeManager>("StakeManager"),
    datanets: at<DatanetRegistry>("DatanetRegistry"),
    contributions: at<ContributionRegistry>("ContributionRegistry"),
    review: at<ContributionReview>("ContributionReview"),
    models: at<ModelRegistry>("ModelRegistry"),
    indexes: at<IndexRegistry>("IndexRegistry"),
    market: at<InferenceMarket>("InferenceMarket"),
    distributor: at<RewardDistributor>("RewardDistributor"),
    grants: at<ModelGrants>("ModelGrants"),
    exchange: await ethers.getContractAt(
      "IUniswapV2Factory",
      await at<IUniswapV2Factory>("UniswapV2Factory").getAddress(),
    ),
    trainingFees: at<TrainingFees>("TrainingFees"),
    agents: at<AgentIdentityRegistry>("AgentIdentityRegistry"),
    issuer: at<ShareIssuer>("ShareIssuer"),
    launchpad: at<Launchpad>("Launchpad"),
    trades: at<ShareTrades>("ShareTrades"),
    seaport: await ethers.getContractAt("ISeaport", await at<ISeaport>("Seaport").getAddress()),
    zone: at<SaleZone>("SaleZone"),
    deployer: deployer!,
    creator: creator!,
    contributor: contributor!,
    secondContributor: secondContributor!,
    validator: validator!,
    alice: alice!,
    bob: bob!,
    carol: carol!,
    attacker: attacker!,
    provider: provider!,
  };
  const { token, launchpad } = protocol;
  for (const person of [creator, contributor, secondContributor, alice, bob, carol, attacker]) {
    await token.connect(protocol.deployer).transfer(person!, 100_000n * OPEN);
    await token.connect(person).approve(launchpad, ethers.MaxUint256);
  }
  await contribute(protocol);
  const operators = await addOperators(
    { owner: protocol.deployer, treasury: protocol.deployer, token, clock: protocol.clock, stakes: protocol.stakes },
    rest.slice(0, 3),
    () => 5_000n * OPEN,
  );
  await publish(protocol, operators);
  return { ...protocol, operators };
}

export type Liquidity = Awaited<ReturnType<typeof deployLiquidity>>;
export type Person = Liquidity["creator"];
type Protocol = Omit<Liquidity, "operators">;

/** Two contributions of one contributor and one of another, accepted by the Datanet's validator. */
async function contribute({ datanets, contributions, review, stakes, token, ...people }: Protocol): Promise<void> {
  const { deployer, contributor, secondContributor, validator } = people;
  const terms = {
    licence: 15n,
    licenceExpiry: 0n,
    admission: 0n,
    votesNeeded: 1n,
    bond: 0n,
    reviewFee: 0n,
    judgeModelId: 0n,
  };
  await datanets.connect(deployer).create("Court opinions", "", [], terms);
  await datanets.connect(deployer).setValidator(1n, validator, true);
  await token.connect(deployer).transfer(validator, 1_000n * OPEN);
  await token.connect(validator).approve(stakes, 1_000n * OPEN);
  const key = new Wallet(keccakText("validator"));
  const possession = await possessionOf(stakes, key, validator.address, Role.Validator);
  await stakes.connect(validator).register(Role.Validator, key.address, 0, ...possession);
  await stakes.connect(validator).stake(Role.Validator, validator, 1_000n * OPEN, 0, 0);
  const free = { bond: 0n, reviewFee: 0n, judgeModelId: 0n };
  await contributions.connect(contributor).submit(1n, partsOf(2), "", free);
  await contributions.connect(secondContributor).submit(1n, partsOf(3).slice(2), "", free);
  await resolve({ review, validator }, [
    [1n, 3n],
    [2n, 1n],
  ]);
}

/** Lets the validator accept what the masks say, by submission. */
export async function resolve(
  { review, validator }: Pick<Protocol, "review" | "validator">,
  ballots: readonly (readonly [submissionId: bigint, mask: bigint])[],
): Promise<void> {
  for (const [submissionId, mask] of ballots) {
    const commitment = ethers.keccak256(
      ethers.AbiCoder.defaultAbiCoder().encode(
        ["uint256", "address", "uint256", "bytes32"],
        [submissionId, validator.address, mask, ethers.ZeroHash],
      ),
    );
    await review.connect(validator).commit(submissionId, commitment);
  }
  await time.increase(3_600n);
  for (const [submissionId, mask] of ballots) {
    await review.connect(validator).reveal(submissionId, mask, ethers.ZeroHash);
  }
  await time.increase(3_600n);
  for (const [submissionId] of ballots) await review.resolve(submissionId);
}

/** Mints model 1 for the creator, publishes a version of it, has it trained again and lets the operators attest its index. */
async function publish(protocol: Protocol, operators: readonly Operator[]) {
  const { models, indexes, stakes, creator, provider, token, trainingFees } = protocol;
  await models.pinSnapshot(1n);
  const terms = { parents: [], provider: provider.address, price: OPEN, base: false };
  await models.connect(creator).mint(terms, "ipfs://model");
  await time.increase(3_600n);
  await stakes.snapshotQuorum();
  const fee = await trainingFees.feeOf(SIZE);
  await token.connect(creator).approve(trainingFees, fee);
  await models.connect(creator).publishVersion(1n, artefactsOf("weights"), fee);
  await trainAgain(protocol, operators[0]!);
  const parts = [
    {
      datanetId: 1n,
      root: asHash(ethers.id("index")),
      size: 3,
      qualityHash: asHash(ethers.id("quality")),
      harmfulRoot: asHash(ethers.id("harmful")),
    },
  ];
  const attestation = {
    versionId: 1n,
    partsHash: hashIndexParts(parts),
    size: 3n,
    k: 32n,
    certificateBps: 9_000n,
    bundleHash: ethers.id("bundle"),
  };
  const digest = asHash(await indexes.attestationDigest(attestation, await stakes.latestSnapshot()));
  await indexes.attest(attestation, parts, await signDigest(stakes, digest, operators));
  await time.increase(await indexes.challengeWindow());
  await indexes.activate(1n);
}

/** A version on the Datanet's first snapshot. */
export function artefactsOf(weights: string) {
  const [weightsHash, recipeHash] = [ethers.id(weights), ethers.id("recipe")];
  return { weightsHash, recipeHash, schemeId: SCHEME_IDS[0], snapshotIds: [1n], size: SIZE, uri: "" };
}

/** What an operator does for version 1, so that its training is paid for. */
async function trainAgain({ trainingFees, stakes }: Protocol, { account }: Operator) {
  const [digest, salt] = [ethers.id("digest"), ethers.id("salt")];
  const { snapshotId, commitEnds } = await trainingFees.trainingOf(1n);
  const committed = ethers.AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "bytes32", "address"],
    [digest, salt, account.address],
  );
  await trainingFees.connect(account).commit(1n, ethers.keccak256(committed));
  await time.increaseTo(commitEnds);
  const { members } = await stakes.quorumOf(snapshotId);
  const operators = await Promise.all(members.map((_, place) => stakes.operatorAt(snapshotId, place)));
  await trainingFees.connect(account).reveal(1n, operators.indexOf(account.address), digest, salt);
}

/** The shares of model 1, all of them the creator's. */
export async function issueShares({ models, issuer, creator }: Liquidity, minFloat = SUPPLY): Promise<ModelShares> {
  await models.connect(creator).approve(issuer, 1n);
  const issue = {
    collection: await models.getAddress(),
    tokenId: 1n,
    name: "Model 1",
    symbol: "M1",
    manager: creator.address,
    earns: true,
    minFloat,
  };
  const address = await issuer.connect(creator).issue.staticCall(issue);
  await issuer.connect(creator).issue(issue);
  return ethers.getContractAt("ModelShares", address);
}

/** The pair of the shares and OPEN, with what somebody put into it. */
export async function openPair(
  { exchange, token }: Liquidity,
  shares: ModelShares,
  from: Person,
  { open, held }: { readonly open: bigint; readonly held: bigint },
) {
  await exchange.createPair(shares, token);
  const pair = await ethers.getContractAt("IUniswapV2Pair", await exchange.getPair(shares, token));
  await token.connect(from).transfer(pair, open);
  await shares.connect(from).transfer(pair, held);
  await pair.connect(from).mint(from);
  return pair;
}

export type Pair = Awaited<ReturnType<typeof openPair>>;

/** Swaps `amount` of one of the pair's two tokens for the other. @returns what came out */
export async function swap(
  { token }: Liquidity,
  shares: ModelShares,
  pair: Pair,
  who: Person,
  direction: "buy" | "sell",
  amount: bigint,
): Promise<bigint> {
  const sharesFirst = BigInt(await shares.getAddress()) < BigInt(await token.getAddress());
  const [first, second] = await pair.getReserves();
  const [held, open] = sharesFirst ? [first, second] : [second, first];
  const [inside, outside] = direction === "buy" ? [open, held] : [held, open];
  const out = (amount * 997n * outside) / (inside * 1_000n + amount * 997n);
  await (direction === "buy" ? token.connect(who).transfer(pair, amount) : shares.connect(who).transfer(pair, amount));
  const outFirst = (direction === "buy") === sharesFirst;
  await pair.connect(who).swap(outFirst ? out : 0n, outFirst ? 0n : out, who, "0x");
  return out;
}

/** Terms of a launch that passes: 40 % sold from 1,000 to 4,000 OPEN, a fifth of it reserved for contributors. */
export async function launchTerms() {
  return {
    modelId: 1n,
    name: "Model 1",
    symbol: "M1",
    disclosure: ethers.id("disclosed"),
    uri: "ipfs://disclosed",
    softCap: 1_000n * OPEN,
    hardCap: 4_000n * OPEN,
    contributorsBps: 2_000n,
    soldBps: 4_000n,
    endsAt: BigInt(await time.latest()) + 7n * DAY,
    cliff: 30n * DAY,
    vesting: 300n * DAY,
    deadline: 180n * DAY,
    reviewPeriod: 7n * DAY,
  };
}

export const MILESTONES = [
  { check: CHECK.VersionActivated, bps: 4_000n, duration: 10n * DAY, threshold: 0n },
  { check: CHECK.Review, bps: 6_000n, duration: 10n * DAY, threshold: 0n },
];

/** Launches model 1 by the creator. */
export async function launch(loaded: Liquidity) {
  const { models, launchpad, creator, exchange, token } = loaded;
  await models.connect(creator).approve(launchpad, 1n);
  const terms = await launchTerms();
  await launchpad.connect(creator).launch(terms, MILESTONES);
  const { shares: address } = await launchpad.launchOf(1n);
  const shares = await ethers.getContractAt("ModelShares", address);
  const pair = await ethers.getContractAt("IUniswapV2Pair", await exchange.getPair(address, token));
  return { terms, shares, pair };
}
