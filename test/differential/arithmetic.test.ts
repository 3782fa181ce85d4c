import { expect } from "chai";
import { network } from "hardhat";
import { toHex } from "@openledger/protocol/hex.ts";
import { harmDown } from "@openledger/protocol/score/harm.ts";
import { encodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { payoutOf, payoutsOf } from "@openledger/protocol/score/payout.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { influenceWeight } from "@openledger/protocol/score/weight.ts";
import { lanesOf } from "@openledger/protocol/trees/indexTree.ts";
import { batches, CASES, createValues } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });

describe("arithmetic in Solidity and in TypeScript", () => {
  it("gives the same scores", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("scores");
    const make = () => {
      const k = 32 * (1 + values.integer(32));
      // A quarter of the vectors is extreme all over, where sums are largest.
      const extreme = values.integer(4) === 0;
      const component = (bits: number): number => {
        const half = 2 ** (bits - 1);
        return extreme ? (values.integer(8) === 0 ? half - 1 : -half) : Number(values.int(bits));
      };
      return {
        functional: Int16Array.from({ length: k }, () => component(16)),
        features: Int8Array.from({ length: k }, () => component(8)),
        scale: Math.max(1, Number(values.uint(32))),
      };
    };
    for (const items of batches(CASES, 100, make)) {
      const theirs = await harness.scores(
        items.map(({ functional, features, scale }) => ({
          functional: toHex(encodeInt16(functional)),
          features: toHex(new Uint8Array(features.buffer)),
          scale,
        })),
      );
      const ours = items.map(({ functional, features, scale }) => scoresOf(functional, features, [scale])[0]!);
      expect([...theirs]).to.deep.equal(ours);
    }
  });

  it("gives the same weights", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("weights");
    const make = () => ({ score: values.int(128), quality: values.int(128), examples: 1, accrues: true });
    for (const items of batches(CASES, 500, make)) {
      const theirs = await harness.weights(
        items.map((item) => item.score),
        items.map((item) => item.quality),
      );
      expect([...theirs]).to.deep.equal(items.map(influenceWeight));
    }
  });

  it("gives the same payouts, leaf by leaf", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("payouts");
    const make = () => {
      const [prefix, weight, rest] = [values.uint(160), values.uint(128), values.uint(160)];
      const total = prefix + weight + rest;
      return { pool: values.uint(256), prefix, weight, total: total === 0n ? 1n : total };
    };
    for (const items of batches(CASES, 500, make)) {
      const ours = items.map(({ pool, prefix, weight, total }) => payoutOf(pool, prefix, weight, total));
      expect([...(await harness.payouts(items))]).to.deep.equal(ours);
    }
  });

  it("divides whole pools the same, without dust", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("pools");
    let leaves = 0;
    while (leaves < CASES) {
      const pool = values.uint(100);
      const weights = Array.from({ length: 1 + values.integer(200) }, () => (values.bool() ? 0n : values.uint(97)));
      const total = weights.reduce((sum, weight) => sum + weight, 0n);
      if (total === 0n) continue;
      leaves += weights.length;
      let prefix = 0n;
      const items = weights.map((weight) => {
        const item = { pool, prefix, weight, total };
        prefix += weight;
        return item;
      });
      const theirs = await harness.payouts(items);
      expect([...theirs]).to.deep.equal(payoutsOf(pool, weights));
      expect(theirs.reduce((sum, payout) => sum + payout, 0n)).to.equal(pool);
    }
  });

  it("charges the same for harm", async () => {
    const harness = await deployHarness(ethers);
    const values = createValues("harm");
    const make = () => {
      // Half the cases near the threshold, where rounding and the cap decide.
      const near = values.bool();
      const positiveQuality = near ? values.uint(40) : values.uint(150);
      const behind = near ? values.uint(20) : values.uint(64);
      return {
        quality: near ? -values.uint(40) : values.int(128),
        examples: Number(near ? values.uint(16) : values.uint(32)),
        indexTotal: (positiveQuality << 64n) | behind,
        bond: values.uint(96),
        toleranceBps: values.uint(13),
      };
    };
    for (const items of batches(CASES, 500, make)) {
      const ours = items.map((item) => harmDown(item, lanesOf(item.indexTotal), item.toleranceBps));
      expect([...(await harness.harms(items))]).to.deep.equal(ours);
    }
  });
});
