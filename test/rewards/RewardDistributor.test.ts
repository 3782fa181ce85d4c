import { expect } from "chai";
import { network } from "hardhat";
import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { rootHashOf, type ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import {
  buildPayoutsTree,
  packPayouts,
  type Payout,
  type PayoutsTree,
} from "@openledger/protocol/trees/payoutsTree.ts";
import {
  DAY,
  HOLDING,
  IDLE,
  OPEN,
  STAKE_PARAMETERS,
  addOperators,
  deployRewards,
  digestOfRoot,
  nextRoot,
  signDigest,
} from "./deployRewards.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const { time } = networkHelpers;

const DISPUTES = ethers.getAddress("0x00000000000000000000000000000000000d1590");
const WINDOW = 2n * DAY;
const EPOCH = 7n * DAY;
const GRACE = DAY;
const MODEL = 1n;

async function deploy() {
  const rewards = await deployRewards(ethers);
  const operators = await addOperators(rewards, (await ethers.getSigners()).slice(10, 15), () => 10_000n * OPEN);
  await networkHelpers.setCode(DISPUTES, IDLE);
  await networkHelpers.setBalance(DISPUTES, 10n ** 20n);
  await networkHelpers.impersonateAccount(DISPUTES);
  const disputes = await ethers.getSigner(DISPUTES);
  await rewards.distributor.setDisputes(disputes);
  await time.increase(DAY);
  await rewards.stakes.snapshotQuorum();
  const stranger = (await ethers.getSigners())[5]!;
  return { ...rewards, operators, disputes, stranger };
}

type Deployed = Awaited<ReturnType<typeof deploy>>;

/** Funds the current epoch and waits until it is closed. */
async function fundEpoch({ distributor, market, clock, stakes }: Deployed, amount: bigint): Promise<bigint> {
  const epoch = await clock.current();
  if (amount > 0n) await distributor.connect(market).fund(MODEL, amount);
  await time.increaseTo((await clock.endOf(epoch)) + GRACE);
  await stakes.snapshotQuorum();
  return epoch;
}

async function post(deployed: Deployed, root: ScoreRoot) {
  const { distributor, stakes, operators } = deployed;
  const proof = await signDigest(stakes, await digestOfRoot(distributor, root), operators);
  return distributor.post(root, proof);
}

/** Finalises a root that pays `cumulative` to accounts that nobody knows and to those named. */
async function settle(deployed: Deployed, payouts: readonly Payout[]): Promise<PayoutsTree> {
  const { distributor } = deployed;
  const tree = buildPayoutsTree(packPayouts([...payouts].sort((a, b) => (a.account < b.account ? -1 : 1))));
  const { payoutsTotal } = await distributor.finalisedRoot();
  const total = payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n);
  const epoch = await fundEpoch(deployed, total - payoutsTotal);
  const root = await nextRoot(distributor, epoch, tree.root);
  await post(deployed, root);
  await time.increase(WINDOW);
  await distributor.finalise(root);
  return tree;
}

function payout(account: string, cumulative: bigint): Payout {
  return { account: asAddress(account), cumulative, entriesRoot: keccakText(`entries of ${account} ${cumulative}`) };
}

/** Payouts of `count` accounts that exist nowhere else. */
function crowd(count: number, cumulative: (i: number) => bigint): Payout[] {
  return Array.from({ length: count }, (_, i) => payout("0x" + keccakText(`account ${i}`).slice(26), cumulative(i)));
}

async function deployClaims() {
  const deployed = await deploy();
  const alice = (await ethers.getSigners())[6]!;
  const others = crowd(12, (i) => BigInt(i + 1) * OPEN);
  const tree = await settle(deployed, [payout(alice.address, 5n * OPEN), ...others]);
  const place = tree.indexOf(asAddress(alice.address))!;
  return { ...deployed, alice, others, tree, mine: tree.payout(place), proof: tree.proof(place) };
}

const copy = (payouts: readonly Payout[]) => payouts.map((leaf) => ({ ...leaf }));

describe("RewardDistributor", () => {
  describe("funding", () => {
    it("is for funders only", async () => {
      const { distributor, owner } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.connect(owner).fund(MODEL, 1n))
        .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
        .withArgs(owner);
    });

    it("adds to the pool of the model in the current epoch, and takes the OPEN", async () => {
      const { distributor, market, token, clock } = await networkHelpers.loadFixture(deploy);
      const epoch = await clock.current();
      const funded = distributor.connect(market).fund(MODEL, 3n * OPEN);
      await expect(funded)
        .to.emit(distributor, "Funded")
        .withArgs(MODEL, epoch, 3n * OPEN);
      await expect(funded).to.changeTokenBalances(ethers, token, [market, distributor], [-3n * OPEN, 3n * OPEN]);
      await distributor.connect(market).fund(2n, OPEN);
      expect(await distributor.poolOf(MODEL, epoch)).to.equal(3n * OPEN);
      expect(await distributor.fundedIn(epoch)).to.equal(4n * OPEN);
    });
  });

  describe("posting", () => {
    it("refuses a root that is not the quorum's", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stakes, operators } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const few = await signDigest(stakes, await digestOfRoot(distributor, root), operators.slice(0, 3));
      await expect(distributor.post(root, few)).to.be.revertedWithCustomError(distributor, "QuorumTooLittleWeight");
      const all = await signDigest(stakes, await digestOfRoot(distributor, root), operators);
      const changed = { ...root, bundleHash: keccakText("another bundle") };
      await expect(distributor.post(changed, all)).to.be.revertedWithCustomError(distributor, "QuorumMismatch");
    });

    it("hashes a root as EIP-712 says", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      expect(await distributor.scoreRootDigest(root)).to.equal(await digestOfRoot(distributor, root));
    });

    it("refuses everything that the chain knows better", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const wrong: [Partial<ScoreRoot>, string][] = [
        [{ previousRoot: keccakText("no root") }, "DistributorWrongPreviousRoot"],
        [{ firstEpoch: 2n, lastEpoch: 2n }, "DistributorWrongEpochs"],
        [{ lastEpoch: 0n }, "DistributorWrongEpochs"],
        [{ lastEpoch: 33n }, "DistributorWrongEpochs"],
        [{ lastEpoch: 2n }, "DistributorEpochNotClosed"],
        [{ payoutsRoot: `0x${"00".repeat(32)}` as Hash }, "DistributorEmptyRoot"],
        [{ payoutsTotal: root.payoutsTotal - 1n }, "DistributorWrongTotal"],
        [{ payoutsTotal: root.payoutsTotal + 1n }, "DistributorWrongTotal"],
      ];
      for (const [change, error] of wrong) {
        await expect(post(deployed, { ...root, ...change })).to.be.revertedWithCustomError(distributor, error);
      }
      await expect(post(deployed, { ...root, firstEpoch: 2n, lastEpoch: 2n }))
        .to.be.revertedWithCustomError(distributor, "DistributorWrongEpochs")
        .withArgs(2n, 2n, 1n);
    });

    it("waits until the last epoch is closed, funded or not", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, clock } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      for (const epoch of [1n, 2n]) {
        const closedAt = (await clock.endOf(epoch)) + GRACE;
        await time.increaseTo(closedAt - 10n);
        const root = await nextRoot(distributor, epoch, keccakText("payouts"));
        await expect(post(deployed, root))
          .to.be.revertedWithCustomError(distributor, "DistributorEpochNotClosed")
          .withArgs(epoch);
      }
      await time.increaseTo((await clock.endOf(2n)) + GRACE);
      await post(deployed, await nextRoot(distributor, 2n, keccakText("payouts")));
    });

    it("takes a root in the second in which its last epoch closes", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, clock } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      const root = await nextRoot(distributor, 1n, keccakText("payouts"));
      await time.setNextBlockTimestamp((await clock.endOf(1n)) + GRACE);
      await post(deployed, root);
    });

    it("settles up to 32 epochs at once, with or without revenue", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, market, stakes } = deployed;
      await distributor.connect(market).fund(MODEL, OPEN);
      await time.increase(20n * EPOCH);
      await distributor.connect(market).fund(MODEL, OPEN);
      await time.increase(20n * EPOCH);
      await stakes.snapshotQuorum();
      const tooMany = await nextRoot(distributor, 33n, keccakText("payouts"));
      await expect(post(deployed, tooMany)).to.be.revertedWithCustomError(distributor, "DistributorWrongEpochs");
      const root = await nextRoot(distributor, 32n, keccakText("payouts"));
      expect(root.payoutsTotal).to.equal(2n * OPEN);
      await post(deployed, root);
    });

    it("keeps one root pending, with all that slashing its signers needs", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      const transaction = await post(deployed, root);
      const rootHash = rootHashOf(root);
      const { lastEpoch, payoutsRoot, payoutsTotal, modelsRoot, bundleHash } = root;
      await expect(transaction)
        .to.emit(distributor, "RootPosted")
        .withArgs(rootHash, lastEpoch, payoutsRoot, payoutsTotal, modelsRoot, bundleHash);
      const { timestamp } = (await ethers.provider.getBlock("latest"))!;
      expect([...(await distributor.pendingRoot())]).to.deep.equal([rootHash, BigInt(timestamp), 2n, 0b11111n]);
      await expect(post(deployed, { ...root, previousRoot: rootHash }))
        .to.be.revertedWithCustomError(distributor, "DistributorRootPending")
        .withArgs(rootHash);
    });

    it("refuses signatures under a revoked snapshot", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, stakes, owner, operators } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await stakes.connect(owner).setSlasher(owner, true);
      await stakes.connect(owner).slash(0, operators[0]!.account, 1, ethers.ZeroAddress);
      await expect(post(deployed, root))
        .to.be.revertedWithCustomError(distributor, "QuorumUnknownSnapshot")
        .withArgs(2);
    });

    it("learns snapshots from the stake manager only", async () => {
      const { distributor, owner } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.connect(owner).setQuorum(1n)).to.be.revertedWithCustomError(
        distributor,
        "DistributorUnauthorized",
      );
    });
  });

  describe("finalising", () => {
    async function deployPending() {
      const deployed = await deploy();
      const root = await nextRoot(deployed.distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      const { postedAt, rootHash } = await deployed.distributor.pendingRoot();
      return { ...deployed, root, rootHash, windowEnd: postedAt + WINDOW };
    }

    it("waits for the challenge window, to the second", async () => {
      const { distributor, root, windowEnd, stranger } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd - 2n);
      await expect(distributor.connect(stranger).finalise(root))
        .to.be.revertedWithCustomError(distributor, "DistributorWindowOpen")
        .withArgs(windowEnd);
      await time.increaseTo(windowEnd - 1n);
      await expect(distributor.connect(stranger).finalise(root))
        .to.emit(distributor, "RootFinalised")
        .withArgs(rootHashOf(root), root.payoutsRoot, root.lastEpoch, root.payoutsTotal);
      expect([...(await distributor.finalisedRoot())]).to.deep.equal([
        rootHashOf(root),
        root.payoutsRoot,
        root.lastEpoch,
        root.payoutsTotal,
      ]);
      expect([...(await distributor.pendingRoot())]).to.deep.equal([ethers.ZeroHash, 0n, 0n, 0n]);
    });

    it("takes only the pending root", async () => {
      const { distributor, root, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd);
      const other = { ...root, payoutsRoot: keccakText("more for me") };
      await expect(distributor.finalise(other))
        .to.be.revertedWithCustomError(distributor, "DistributorRootNotPending")
        .withArgs(rootHashOf(other));
      await distributor.finalise(root);
      await expect(distributor.finalise(root)).to.be.revertedWithCustomError(distributor, "DistributorRootNotPending");
    });

    it("is held up by an open demand, but not for ever", async () => {
      const { distributor, root, rootHash, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await networkHelpers.setCode(DISPUTES, HOLDING);
      await time.increaseTo(windowEnd);
      await expect(distributor.finalise(root))
        .to.be.revertedWithCustomError(distributor, "DistributorRootHeld")
        .withArgs(rootHash);
      // However long the window is, a root is decided on within the 14 days for which its signers' stake stays.
      expect(await distributor.MAX_HOLD()).to.equal(7n * DAY);
      await time.setNextBlockTimestamp(windowEnd + 7n * DAY);
      await distributor.finalise(root);
    });

    it("leaves a pause as it is", async () => {
      const { distributor, guardian, root, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd);
      await distributor.connect(guardian).pausePosts(3n * DAY);
      const until = await distributor.pausedUntil();
      await distributor.finalise(root);
      expect(await distributor.pausedUntil()).to.equal(until);
    });

    it("is for good: what is final cannot be cancelled", async () => {
      const { distributor, disputes, root, rootHash, windowEnd } = await networkHelpers.loadFixture(deployPending);
      await time.increaseTo(windowEnd);
      await distributor.finalise(root);
      await expect(distributor.connect(disputes).cancel(rootHash))
        .to.be.revertedWithCustomError(distributor, "DistributorRootNotPending")
        .withArgs(rootHash);
    });

    it("never comes for a cancelled root, and the same epochs can be posted again", async () => {
      const deployed = await networkHelpers.loadFixture(deployPending);
      const { distributor, disputes, root, rootHash, windowEnd, stranger } = deployed;
      await expect(distributor.connect(stranger).cancel(rootHash))
        .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
        .withArgs(stranger);
      await expect(distributor.connect(disputes).cancel(keccakText("another"))).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootNotPending",
      );
      await expect(distributor.connect(disputes).cancel(rootHash))
        .to.emit(distributor, "RootCancelled")
        .withArgs(rootHash);
      await time.increaseTo(windowEnd);
      await expect(distributor.finalise(root)).to.be.revertedWithCustomError(distributor, "DistributorRootNotPending");
      await expect(distributor.connect(disputes).cancel(rootHash)).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootNotPending",
      );
      await post(deployed, { ...root, payoutsRoot: keccakText("the right payouts") });
    });

    it("leaves the last finalised root in force when the next one is cancelled", async () => {
      const deployed = await networkHelpers.loadFixture(deployClaims);
      const { distributor, disputes, alice, mine, proof } = deployed;
      const before = await distributor.finalisedRoot();
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      await distributor.connect(disputes).cancel(rootHashOf(root));
      expect(await distributor.finalisedRoot()).to.deep.equal(before);
      await post(deployed, root);
      await distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof);
    });
  });

  describe("claims", () => {
    it("pay what is new since the last one, to anybody's call", async () => {
      const deployed = await networkHelpers.loadFixture(deployClaims);
      const { distributor, token, stranger, alice, others, mine, proof } = deployed;
      const claim = () => distributor.connect(stranger).claim(alice, mine.cumulative, mine.entriesRoot, proof);
      await expect(claim()).to.changeTokenBalances(ethers, token, [distributor, alice], [-5n * OPEN, 5n * OPEN]);
      await expect(claim()).to.be.revertedWithCustomError(distributor, "DistributorNothingToClaim").withArgs(alice);

      const next = await settle(deployed, [payout(alice.address, 8n * OPEN), ...others]);
      const place = next.indexOf(asAddress(alice.address))!;
      const leaf = next.payout(place);
      await expect(distributor.claim(alice, leaf.cumulative, leaf.entriesRoot, next.proof(place)))
        .to.emit(distributor, "Claimed")
        .withArgs(alice, alice, 3n * OPEN);
      expect(await distributor.claimedBy(alice)).to.equal(8n * OPEN);
    });

    it("refuse every change of a leaf or its proof", async () => {
      const { distributor, stranger, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const { cumulative, entriesRoot } = mine;
      for (const call of [
        () => distributor.claim(stranger, cumulative, entriesRoot, proof),
        () => distributor.claim(alice, cumulative + 1n, entriesRoot, proof),
        () => distributor.claim(alice, cumulative, keccakText("other entries"), proof),
        () => distributor.claim(alice, cumulative, entriesRoot, proof.slice(1)),
        () => distributor.claim(alice, cumulative, entriesRoot, [...proof, proof[0]!]),
        () => distributor.claim(alice, cumulative, entriesRoot, [...proof].reverse()),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(distributor, "DistributorInvalidProof");
      }
    });

    it("have nothing to pay before the first root", async () => {
      const { distributor, stranger } = await networkHelpers.loadFixture(deploy);
      await expect(distributor.claim(stranger, OPEN, keccakText("entries"), [])).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidProof",
      );
    });

    it("go on while posting is paused", async () => {
      const { distributor, guardian, token, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      await distributor.connect(guardian).pausePosts(7n * DAY);
      await expect(distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof)).to.changeTokenBalance(
        ethers,
        token,
        alice,
        5n * OPEN,
      );
    });

    it("go to the recipient that the account set, until it takes it back", async () => {
      const { distributor, token, stranger, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      await expect(distributor.connect(alice).setRecipient(stranger))
        .to.emit(distributor, "RecipientSet")
        .withArgs(alice, stranger);
      expect(await distributor.recipientOf(alice)).to.equal(stranger);
      await expect(distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof)).to.changeTokenBalances(
        ethers,
        token,
        [alice, stranger],
        [0n, 5n * OPEN],
      );
      const lowest = ethers.zeroPadValue("0x01", 20);
      await distributor.connect(alice).setRecipient(lowest);
      expect(await distributor.recipientOf(alice)).to.equal(lowest);
      await distributor.connect(alice).setRecipient(ethers.ZeroAddress);
      expect(await distributor.recipientOf(alice)).to.equal(alice);
      expect(await distributor.claimedBy(alice)).to.equal(5n * OPEN);
    });
  });

  describe("signed claims", () => {
    async function signClaim(
      distributor: Deployed["distributor"],
      signer: { signTypedData: Deployed["owner"]["signTypedData"] },
      claim: { account: string; recipient: string; cumulative: bigint; deadline: bigint },
    ) {
      const { chainId } = await distributor.eip712Domain();
      const verifyingContract = await distributor.getAddress();
      return signer.signTypedData(
        { name: "OpenLedger", version: "1", chainId, verifyingContract },
        {
          Claim: [
            { name: "account", type: "address" },
            { name: "recipient", type: "address" },
            { name: "cumulative", type: "uint256" },
            { name: "deadline", type: "uint256" },
          ],
        },
        claim,
      );
    }

    it("go where the account signed, once", async () => {
      const { distributor, token, stranger, market, alice, mine, proof } =
        await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: stranger.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      const send = (recipient: string, until: bigint) =>
        distributor.connect(market).claimWithSignature({ ...mine }, proof, recipient, until, signature);
      await expect(send(market.address, deadline))
        .to.be.revertedWithCustomError(distributor, "DistributorInvalidSignature")
        .withArgs(alice);
      await expect(send(stranger.address, deadline + 1n)).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidSignature",
      );
      await expect(send(ethers.ZeroAddress, deadline)).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidAddress",
      );
      await expect(send(stranger.address, deadline)).to.changeTokenBalances(
        ethers,
        token,
        [alice, stranger],
        [0n, 5n * OPEN],
      );
      await expect(send(stranger.address, deadline)).to.be.revertedWithCustomError(
        distributor,
        "DistributorNothingToClaim",
      );
    });

    it("refuse a leaf that is not in the tree, whoever signed for it", async () => {
      const { distributor, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const richer = { ...mine, cumulative: mine.cumulative + 1n };
      const claim = { account: alice.address, recipient: alice.address, cumulative: richer.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await expect(
        distributor.claimWithSignature(richer, proof, alice, deadline, signature),
      ).to.be.revertedWithCustomError(distributor, "DistributorInvalidProof");
    });

    it("are taken until the second of their deadline, and told of", async () => {
      const { distributor, alice, stranger, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: stranger.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await time.setNextBlockTimestamp(deadline);
      await expect(distributor.claimWithSignature({ ...mine }, proof, stranger, deadline, signature))
        .to.emit(distributor, "Claimed")
        .withArgs(alice, stranger, mine.cumulative);
    });

    it("end with their deadline", async () => {
      const { distributor, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: alice.address, recipient: alice.address, cumulative: mine.cumulative, deadline };
      const signature = await signClaim(distributor, alice, claim);
      await time.increaseTo(deadline);
      await expect(distributor.claimWithSignature({ ...mine }, proof, alice, deadline, signature))
        .to.be.revertedWithCustomError(distributor, "DistributorSignatureExpired")
        .withArgs(deadline);
    });

    it("are taken from contract accounts", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token, stranger } = deployed;
      const key = ethers.Wallet.createRandom();
      const wallet = await (await ethers.deployContract("KeyWallet", [key.address])).getAddress();
      const tree = await settle(deployed, [payout(wallet, OPEN)]);
      const deadline = BigInt(await time.latest()) + DAY;
      const claim = { account: wallet, recipient: stranger.address, cumulative: OPEN, deadline };
      const forged = await signClaim(distributor, ethers.Wallet.createRandom(), claim);
      const send = (signature: string) =>
        distributor.claimWithSignature({ ...tree.payout(0) }, [], stranger, deadline, signature);
      await expect(send(forged)).to.be.revertedWithCustomError(distributor, "DistributorInvalidSignature");
      await expect(send(await signClaim(distributor, key, claim))).to.changeTokenBalance(ethers, token, stranger, OPEN);
    });
  });

  describe("batches", () => {
    it("pay every run of the tree", async () => {
      const { tree, distributor } = await networkHelpers.loadFixture(deployClaims);
      for (let first = 0; first < tree.size; first++) {
        for (let count = 1; count <= tree.size - first; count++) {
          const { node, payouts, proof } = tree.run(first, count);
          const expected = payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n);
          expect(await distributor.claimBatch.staticCall(node, copy(payouts), [...proof])).to.equal(expected);
        }
      }
    });

    it("skip what is claimed, and name the accounts and amounts they paid", async () => {
      const { distributor, tree, alice, mine, proof } = await networkHelpers.loadFixture(deployClaims);
      await distributor.claim(alice, mine.cumulative, mine.entriesRoot, proof);
      const run = tree.run(0, tree.size);
      const words = run.payouts
        .filter(({ account }) => account !== mine.account)
        .map(({ account, cumulative }) => (BigInt(account) << 96n) | cumulative);
      await expect(distributor.claimBatch(run.node, copy(run.payouts), [...run.proof]))
        .to.emit(distributor, "Distributed")
        .withArgs(words);
      for (const { account, cumulative } of run.payouts) {
        expect(await distributor.claimedBy(account)).to.equal(cumulative);
      }
    });

    it("refuse every change of a run or its proof", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      const { node, payouts, proof } = tree.run(2, 5);
      const leaves = copy(payouts);
      const richer = leaves.map((leaf, i) => (i === 3 ? { ...leaf, cumulative: leaf.cumulative + 1n } : leaf));
      // Siblings may be swapped: their hash does not tell. Leaves 1 and 2 of this run are no siblings.
      const swapped = [leaves[0]!, leaves[2]!, leaves[1]!, ...leaves.slice(3)];
      const [other, malformed] = ["DistributorInvalidProof", "PayoutProofMalformed"];
      for (const [n, l, p, error] of [
        [node, richer, proof, other],
        [node, swapped, proof, other],
        [node, leaves.slice(1), proof, malformed],
        [node - 1n, leaves, proof, other],
        [node + 1n, leaves, proof, malformed],
        [node * 2n, leaves, proof, malformed],
        [node, leaves, proof.slice(1), malformed],
        [node, leaves, [...proof, proof[0]!], malformed],
        [node, [], proof, malformed],
        [0n, leaves, proof, malformed],
        [1n, leaves, proof, malformed],
      ] as const) {
        const call = distributor.claimBatch(n, copy(l), [...p]);
        await expect(call).to.be.revertedWithCustomError(distributor, error);
      }
      await distributor.claimBatch(node, leaves, [...proof]);
    });

    it("refuse leaves of two levels as one run", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      // Nodes 4 and 3 are on two levels: with a sibling for each of them on every level, two nodes remain at the top.
      const leaves = copy([tree.payout(0), tree.payout(1)]);
      const siblings = Array<string>(4).fill(leaves[0]!.entriesRoot);
      await expect(distributor.claimBatch(4n, leaves, siblings)).to.be.revertedWithCustomError(
        distributor,
        "PayoutProofMalformed",
      );
    });

    it("pay the only leaf of a tree", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      const [only] = crowd(1, () => OPEN) as [Payout];
      await settle(deployed, [only]);
      await distributor.claimBatch(1n, [{ ...only }], []);
      expect(await token.balanceOf(only.account)).to.equal(OPEN);
    });

    it("pay as little as one wei", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      const poor = crowd(2, () => 1n);
      const tree = await settle(deployed, poor);
      const { node, payouts, proof } = tree.run(0, 2);
      await distributor.claimBatch(node, copy(payouts), [...proof]);
      for (const { account } of poor) expect(await token.balanceOf(account)).to.equal(1n);
    });

    it("leave a payment that fails to be claimed", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, token } = deployed;
      // The token refuses to pay the zero address.
      const others = crowd(7, (i) => BigInt(i + 1) * OPEN);
      const tree = await settle(deployed, [payout(ethers.ZeroAddress, 9n * OPEN), ...others]);
      const subtree = tree.subtree(0, 3)!;
      await distributor.distribute(copy(subtree.payouts), subtree.proof);
      for (const { account, cumulative } of others) {
        expect(await token.balanceOf(account)).to.equal(cumulative);
      }
      expect(await distributor.claimedBy(ethers.ZeroAddress)).to.equal(0n);
      expect(await token.balanceOf(distributor)).to.equal(9n * OPEN);
    });
  });

  describe("distribution", () => {
    it("pays every perfect subtree", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      let found = 0;
      for (let height = 0; height <= 3; height++) {
        for (let first = 0; first + 2 ** height <= tree.size; first++) {
          const subtree = tree.subtree(first, height);
          if (subtree === undefined) continue;
          found++;
          const expected = subtree.payouts.reduce((sum, { cumulative }) => sum + cumulative, 0n);
          const call = distributor.distribute.staticCall(copy(subtree.payouts), subtree.proof);
          expect(await call).to.equal(expected);
        }
      }
      expect(found).to.be.greaterThan(tree.size);
    });

    it("respects recipients", async () => {
      const { distributor, token, tree, alice, stranger } = await networkHelpers.loadFixture(deployClaims);
      await distributor.connect(alice).setRecipient(stranger);
      const place = tree.indexOf(asAddress(alice.address))!;
      const leaf = tree.payout(place);
      await expect(distributor.distribute([{ ...leaf }], tree.proof(place))).to.changeTokenBalances(
        ethers,
        token,
        [alice, stranger],
        [0n, leaf.cumulative],
      );
    });

    it("refuses what is no power of two, or not of the tree", async () => {
      const { distributor, tree } = await networkHelpers.loadFixture(deployClaims);
      const leaves = copy(tree.run(0, 3).payouts);
      for (const payouts of [[], leaves]) {
        await expect(distributor.distribute(payouts, [])).to.be.revertedWithCustomError(
          distributor,
          "PayoutProofMalformed",
        );
      }
      await expect(distributor.distribute(leaves.slice(0, 2), [])).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidProof",
      );
    });
  });

  describe("governance", () => {
    it("lets the guardian stop new roots for a while, and nothing else", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, guardian, owner, stranger } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      for (const account of [stranger, owner]) {
        await expect(distributor.connect(account).pausePosts(1n))
          .to.be.revertedWithCustomError(distributor, "DistributorUnauthorized")
          .withArgs(account);
      }
      await expect(distributor.connect(guardian).pausePosts(7n * DAY + 1n))
        .to.be.revertedWithCustomError(distributor, "DistributorOutOfBounds")
        .withArgs(7n * DAY + 1n, 0n, 7n * DAY);
      const paused = await distributor.connect(guardian).pausePosts(7n * DAY);
      const until = BigInt((await paused.getBlock())!.timestamp) + 7n * DAY;
      await expect(paused).to.emit(distributor, "PostsPaused").withArgs(until);
      expect(await distributor.pausedUntil()).to.equal(until);
      await expect(post(deployed, root))
        .to.be.revertedWithCustomError(distributor, "DistributorPaused")
        .withArgs(until);
      await time.setNextBlockTimestamp(until);
      await post(deployed, root);
    });

    it("lets the owner end a pause", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor, guardian, owner } = deployed;
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await distributor.connect(guardian).pausePosts(DAY);
      await distributor.connect(owner).pausePosts(0n);
      await post(deployed, root);
    });

    it("belongs to the owner", async () => {
      const { distributor, stranger } = await networkHelpers.loadFixture(deploy);
      const asStranger = distributor.connect(stranger);
      for (const call of [
        () => asStranger.setFunder(stranger, true),
        () => asStranger.setDisputes(stranger),
        () => asStranger.setGuardian(stranger),
        () => asStranger.setChallengeWindow(DAY),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(distributor, "OwnableUnauthorizedAccount")
          .withArgs(stranger);
      }
    });

    it("names guardian and disputes, and refuses to be built on nothing", async () => {
      const { distributor, token, clock, stakes, owner, stranger } = await networkHelpers.loadFixture(deploy);
      await distributor.setGuardian(stranger);
      expect(await distributor.guardian()).to.equal(stranger);
      await expect(distributor.setDisputes(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        distributor,
        "DistributorInvalidAddress",
      );
      const parts = [token, clock, stakes];
      for (const missing of [0, 1, 2]) {
        const args = parts.map((part, i) => (i === missing ? ethers.ZeroAddress : part));
        const deployment = ethers.deployContract("RewardDistributor", [...args, owner, owner, 1n, 1n]);
        await expect(deployment).to.be.revertedWithCustomError(distributor, "DistributorInvalidAddress");
      }
    });

    it("tells of every change", async () => {
      const { distributor, stakes, owner, stranger } = await networkHelpers.loadFixture(deploy);
      for (const [call, event, args] of [
        [() => distributor.setFunder(stranger, true), "FunderSet", [stranger, true]],
        [() => distributor.setDisputes(stranger), "DisputesSet", [stranger]],
        [() => distributor.setGuardian(stranger), "GuardianSet", [stranger]],
        [() => distributor.setChallengeWindow(DAY), "ChallengeWindowSet", [DAY]],
        // A new quorum comes from the stake manager, which revokes the old one.
        [() => stakes.connect(owner).setParameters(STAKE_PARAMETERS), "QuorumSet", [0n]],
      ] as const) {
        await expect(call())
          .to.emit(distributor, event)
          .withArgs(...args);
      }
    });

    it("bounds the challenge window, and leaves it alone while a root is pending", async () => {
      const deployed = await networkHelpers.loadFixture(deploy);
      const { distributor } = deployed;
      for (const duration of [3_599n, 7n * DAY + 1n]) {
        await expect(distributor.setChallengeWindow(duration))
          .to.be.revertedWithCustomError(distributor, "DistributorOutOfBounds")
          .withArgs(duration, 3_600n, 7n * DAY);
      }
      for (const duration of [3_600n, 7n * DAY, WINDOW]) await distributor.setChallengeWindow(duration);
      const root = await nextRoot(distributor, await fundEpoch(deployed, OPEN), keccakText("payouts"));
      await post(deployed, root);
      await expect(distributor.setChallengeWindow(DAY)).to.be.revertedWithCustomError(
        distributor,
        "DistributorRootPending",
      );
      await time.increase(WINDOW);
      await distributor.finalise(root);
      await distributor.setChallengeWindow(DAY);
    });
  });
});
