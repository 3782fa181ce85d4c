import { toHex } from "@openledger/protocol/hex.ts";
import { directionOf } from "@openledger/protocol/score/direction.ts";
import { encodeInt16, hashInt16 } from "@openledger/protocol/score/int16Vector.ts";
import { payoutsOf } from "@openledger/protocol/score/payout.ts";
import { scoresOf } from "@openledger/protocol/score/score.ts";
import { influenceWeight, weightsOf } from "@openledger/protocol/score/weight.ts";
import { hashFeatures } from "@openledger/protocol/trees/indexTree.ts";
import { fixedInt16s, fixedInt8s } from "./fixed.ts";

/** Scores, weights, payouts and directions (docs/protocol.md §3). */
export function arithmeticVectors() {
  return { scores: scores(), weights: weights(), payouts: payouts(), directions: directions() };
}

function scores() {
  const extremes = (functional: number, feature: number, scale: number) => ({
    functional: new Int16Array(1024).fill(functional),
    features: new Int8Array(1024).fill(feature),
    scale,
  });
  const cases = [
    ...[32, 64, 256, 512, 1024].map((k) => ({
      functional: fixedInt16s(`functional ${k}`, k),
      features: fixedInt8s(`features ${k}`, k),
      scale: 1_000 * k + 7,
    })),
    extremes(-32768, -128, 0xffffffff),
    extremes(-32768, 127, 0xffffffff),
    extremes(32767, 127, 1),
    extremes(0, 127, 1),
  ];
  return cases.map(({ functional, features, scale }) => ({
    functional: toHex(encodeInt16(functional)),
    functionalHash: hashInt16(functional),
    features: toHex(new Uint8Array(features.buffer)),
    featuresHash: hashFeatures(features),
    scale,
    score: scoresOf(functional, features, [scale])[0]!,
  }));
}

const facts = [
  { examples: 10, quality: 5n, score: 700n, accrues: true },
  { examples: 20, quality: 0n, score: 300n, accrues: true },
  { examples: 30, quality: -1n, score: 900n, accrues: true },
  { examples: 40, quality: 8n, score: -200n, accrues: true },
  { examples: 50, quality: 9n, score: 500n, accrues: false },
];

function weights() {
  const nobody = facts.map((fact) => ({ ...fact, accrues: false }));
  const useless = facts.map((fact) => ({ ...fact, score: -fact.score }));
  const cases = [
    { facts, splitsByExamples: false },
    { facts, splitsByExamples: true },
    { facts: useless.filter((fact) => influenceWeight(fact) === 0n), splitsByExamples: false },
    { facts: nobody, splitsByExamples: false },
  ];
  return cases.map((input) => ({ ...input, ...weightsOf(input.facts, input.splitsByExamples) }));
}

function payouts() {
  const cases = [
    { pool: 100n, weights: [1n, 1n, 1n] },
    { pool: 1n, weights: [0n, 3n, 3n, 0n, 3n] },
    { pool: 10n ** 27n, weights: [1n, (1n << 97n) - 1n, 7n, 0n, 1n << 64n] },
    { pool: 0n, weights: [5n] },
    { pool: 999_999_999_999_999_999n, weights: Array.from({ length: 20 }, (_, i) => BigInt(i * i * i)) },
  ];
  return cases.map((input) => ({ ...input, payouts: payoutsOf(input.pool, input.weights) }));
}

function directions() {
  const cases = [
    [fixedInt16s("functional a", 32)],
    [fixedInt16s("functional a", 64), fixedInt16s("functional b", 64)],
    Array.from({ length: 16 }, (_, i) => fixedInt16s(`functional ${i}`, 32)),
    [new Int16Array(32).fill(-32768), new Int16Array(32).fill(-32768)],
    [Int16Array.from({ length: 32 }, (_, i) => i - 16), new Int16Array(32)],
    [new Int16Array(32)],
  ];
  return cases.map((functionals) => ({
    functionals: functionals.map((functional) => toHex(encodeInt16(functional))),
    direction: toHex(encodeInt16(directionOf(functionals, functionals[0]!.length))),
  }));
}
