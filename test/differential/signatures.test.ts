import { expect } from "chai";
import type { BaseContract } from "ethers";
import { artifacts, network } from "hardhat";
import { type Claim, claimType } from "@openledger/protocol/eip712/claim.ts";
import { type Consent, consentType } from "@openledger/protocol/eip712/consent.ts";
import { digestOf, signingDomain, type SigningDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { hashParts, KIND_NUMBER, type Part } from "@openledger/protocol/registry/submission.ts";
import { buildPayoutsTree, packPayouts } from "@openledger/protocol/trees/payoutsTree.ts";
import { deployRegistries } from "../datanet/deployRegistries.ts";
import { addOperators, DAY, deployRewards, nextRoot, OPEN, signRoot } from "../rewards/deployRewards.ts";
import { CASES, compareCases, createValues, type Values } from "./cases.ts";
import { errorsOf, type StateOverride } from "./harness.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { deployedBytecode: code } = await artifacts.readArtifact("DigestAccount");

const BATCH = 100;
/** From here on deadlines lie ahead. */
const LATER = 1n << 40n;
const NO_ERROR = "0x00000000";

const claims = await settledClaims();
const { contributions } = await deployRegistries(ethers);
const consentDomain = await domainOf(contributions);

async function domainOf(contract: BaseContract): Promise<SigningDomain> {
  const { chainId } = await ethers.provider.getNetwork();
  return signingDomain(chainId, asAddress(await contract.getAddress()));
}

/** No view returns these digests, so contracts are asked to accept them: true ones, and those of altered values. */
describe("signed values in Solidity and in TypeScript", () => {
  let next = 0;
  compareCases("claims", {
    batch: BATCH,
    make(values) {
      const { account, cumulative } = claims.tree.payout(next);
      const recipient = values.address();
      const claim: Claim = { account, recipient, cumulative, deadline: values.uint(256) | LATER };
      const signed = values.bool() ? claim : altered(claim, values);
      return { place: next++, claim, signed };
    },
    async compare(items) {
      const { distributor, domain, tree } = claims;
      const calls = items.map(({ place, claim, signed }) =>
        distributor.interface.encodeFunctionData("claimWithSignature", [
          place,
          { ...tree.payout(place) },
          tree.proof(place),
          claim.recipient,
          claim.deadline,
          digestOf(domain, claimType, signed),
        ]),
      );
      const overrides = Object.fromEntries(items.map(({ claim }) => [claim.account, { code }]));
      const refusal = distributor.interface.getError("DistributorInvalidSignature")!.selector;
      expect(await errorsOf(ethers, distributor, calls, overrides)).to.deep.equal(
        items.map(({ claim, signed }) => (claim === signed ? NO_ERROR : refusal)),
      );
    },
  });

  compareCases("consents", {
    batch: BATCH,
    make(values) {
      const parts = Array.from({ length: values.integer(4) }, (): Part => ({
        kind: values.bool() ? "train" : "quality",
        contentRoot: values.hash(),
        examples: Number(values.uint(32)),
      }));
      const consent: Consent = {
        contributor: values.address(),
        // Never a Datanet that exists: the submission fails right after its consent was accepted.
        datanetId: values.uint(256) | (1n << 64n),
        partsHash: hashParts(parts),
        uri: text(values),
        bond: values.uint(96),
        reviewFee: values.uint(96),
        judgeModelId: values.uint(64),
        nonce: values.uint(256),
        deadline: values.uint(256) | LATER,
      };
      return { parts, consent, signed: values.bool() ? consent : altered(consent, values) };
    },
    async compare(items) {
      const calls = items.map(({ parts, consent, signed }) =>
        contributions.interface.encodeFunctionData("submitFor", [
          consent.contributor,
          consent.datanetId,
          parts.map((part) => ({ ...part, kind: KIND_NUMBER[part.kind] })),
          consent.uri,
          consent,
          consent.deadline,
          digestOf(consentDomain, consentType, signed),
        ]),
      );
      const nonces = items.map(({ consent }) => [nonceSlot(consent.contributor), word(consent.nonce)] as const);
      const overrides: Record<string, StateOverride> = {
        ...Object.fromEntries(items.map(({ consent }) => [consent.contributor, { code }])),
        [await contributions.getAddress()]: { stateDiff: Object.fromEntries(nonces) },
      };
      const refusal = contributions.interface.getError("ContributionInvalidConsent")!.selector;
      const errors = await errorsOf(ethers, contributions, calls, overrides);
      expect(errors.map((error) => error === refusal)).to.deep.equal(
        items.map(({ consent, signed }) => consent !== signed),
      );
    },
  });
});

/** Bits of the members that have fewer than 256. */
const WIDTHS: Readonly<Record<string, number>> = { bond: 96, reviewFee: 96, judgeModelId: 64 };

/** The same value but for one member. */
function altered<S extends Readonly<Record<string, string | bigint>>>(value: S, values: Values): S {
  const members = Object.keys(value);
  const member = members[values.integer(members.length)]!;
  const old = value[member]!;
  const other =
    typeof old === "bigint" ? old ^ (1n << BigInt(values.integer(WIDTHS[member] ?? 256))) : changedText(old);
  return { ...value, [member]: other };
}

/** Hexadecimal stays hexadecimal of the same length. */
function changedText(old: string): string {
  if (!old.startsWith("0x")) return `${old} `;
  return `${old.slice(0, -1)}${old.endsWith("0") ? "1" : "0"}`;
}

/** Text of one to four bytes per character. */
function text(values: Values): string {
  const characters = ["a", "/", "é", "字", "𝔘"];
  return Array.from({ length: values.integer(40) }, () => characters[values.integer(characters.length)]).join("");
}

const word = (value: bigint): string => ethers.toBeHex(value, 32);

/** Where OpenZeppelin's Nonces keep that of an account (ERC-7201). */
function nonceSlot(account: string): Hash {
  const namespace = BigInt(ethers.id("openzeppelin.storage.Nonces")) - 1n;
  const base = BigInt(ethers.keccak256(word(namespace))) & ~0xffn;
  return ethers.keccak256(ethers.concat([ethers.zeroPadValue(account, 32), word(base)])) as Hash;
}

/** A distributor whose finalized root pays `CASES` accounts. */
async function settledClaims() {
  const values = createValues("payouts of claims");
  const payouts = Array.from({ length: CASES }, () => ({
    account: values.address(),
    cumulative: 1n + values.uint(70),
    entriesRoot: values.hash(),
  }));
  const tree = buildPayoutsTree(packPayouts(payouts.sort((a, b) => (a.account < b.account ? -1 : 1))));

  const rewards = await deployRewards(ethers);
  const { distributor, stakes, clock, market } = rewards;
  const operators = await addOperators(rewards, (await ethers.getSigners()).slice(4, 8), () => 1_000n * OPEN);
  await networkHelpers.time.increase(DAY);
  await distributor.connect(market).fund(
    1n,
    payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n),
  );
  const epoch = await clock.current();
  await networkHelpers.time.increaseTo((await clock.endOf(epoch)) + DAY);
  await stakes.snapshotQuorum();
  const root = await nextRoot(distributor, epoch, tree.root, tree.size);
  await distributor.post(root, await signRoot(rewards, root, operators));
  await networkHelpers.time.increase(2n * DAY);
  await distributor.finalize(root);
  return { distributor, tree, domain: await domainOf(distributor) };
}
