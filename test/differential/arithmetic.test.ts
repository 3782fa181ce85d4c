import { expect } from "chai";
import { network } from "hardhat";
import { toHex } from "@openledger/protocol/hex.ts";
import { directionOf } from "@openledger/protocol/score/direction.ts";
import { encodeInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { payoutOf, payoutsOf } from "@openledger/protocol/score/payout.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { influenceWeight } from "@openledger/protocol/score/weight.ts";
import { compareCases } from "./cases.ts";
import { deployHarness } from "./harness.ts";

const { ethers } = await network.create({ network: "default", chainType: "op" });
const harness = await deployHarness(ethers);

describe("arithmetic in Solidity and in TypeScript", () => {
  compareCases("scores", {
    batch: 100,
    make(values) {
      const k = 32 * (1 + values.integer(values.integer(8) === 0 ? 32 : 4));
      // A quarter of the vectors is extreme all over, where sums are largest.
      const extreme = values.integer(4) === 0;
      const component = (bits: number): number => {
        const half = 2 ** (bits - 1);
        return extreme ? (values.integer(8) === 0 ? half - 1 : -half) : values.integer(2 * half) - half;
      };
      return {
        functional: Int16Array.from({ length: k }, () => component(16)),
        features: Int8Array.from({ length: k }, () => component(8)),
        scale: Math.max(1, Number(values.uint(32))),
      };
    },
    async compare(items) {
      const theirs = await harness.scores(
        items.map(({ functional, features, scale }) => ({
          functional: toHex(encodeInt16(functional)),
          features: toHex(new Uint8Array(features.buffer)),
          scale,
        })),
      );
      const ours = items.map(({ functional, features, scale }) => scoresOf(functional, features, [scale])[0]!);
      expect([...theirs]).to.deep.equal(ours);
    },
  });

  compareCases("weights", {
    batch: 500,
    make: (values) => ({ score: values.int(128), quality: values.int(128), examples: 1, accrues: true }),
    async compare(items) {
      const theirs = await harness.weights(
        items.map((item) => item.score),
        items.map((item) => item.quality),
      );
      expect([...theirs]).to.deep.equal(items.map(influenceWeight));
    },
  });

  compareCases("payouts", {
    batch: 500,
    make(values) {
      const [prefix, weight, rest] = [values.uint(160), values.uint(128), values.uint(160)];
      const total = prefix + weight + rest;
      return { pool: values.uint(256), prefix, weight, total: total === 0n ? 1n : total };
    },
    async compare(items) {
      const ours = items.map(({ pool, prefix, weight, total }) => payoutOf(pool, prefix, weight, total));
      expect([...(await harness.payouts(items))]).to.deep.equal(ours);
    },
  });

  compareCases("pools divided without dust", {
    batch: 100,
    make: (values) => ({
      pool: values.uint(100),
      weights: [1n, ...Array.from({ length: values.integer(8) }, () => (values.bool() ? 0n : values.uint(97)))],
    }),
    async compare(items) {
      const shares = items.flatMap(({ pool, weights }) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0n);
        let prefix = 0n;
        return weights.map((weight) => {
          const share = { pool, prefix, weight, total };
          prefix += weight;
          return share;
        });
      });
      const theirs = [...(await harness.payouts(shares))];
      for (const { pool, weights } of items) {
        const paid = theirs.splice(0, weights.length);
        expect(paid).to.deep.equal(payoutsOf(pool, weights));
        expect(paid.reduce((sum, payout) => sum + payout, 0n)).to.equal(pool);
      }
    },
  });

  compareCases("directions", {
    batch: 50,
    make: (values) =>
      Array.from({ length: 1 + values.integer(4) }, () =>
        Int16Array.from({ length: 32 }, () => Number(values.int(16))),
      ),
    async compare(items) {
      const ours = items.map((item) => toHex(encodeInt16(directionOf(item, 32))));
      const given = items.map((item) => item.map((functional) => toHex(encodeInt16(functional))));
      expect([...(await harness.directions(given, 32))]).to.deep.equal(ours);
    },
  });
});
