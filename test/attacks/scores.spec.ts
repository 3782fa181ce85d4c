// What attackers get out of the scores, measured on BANKING77; docs/attacks.md has the figures.
import { beforeAll, describe, expect, it } from "vitest";
import type { Example } from "../../oracle/data/example.ts";
import { gibberish, nearDuplicate } from "../../oracle/data/scenario/alter.ts";
import { randomStream } from "../../oracle/numerics/random.ts";
import { createMarket, missingData, settle, SHARE } from "./market.ts";
import type { Market, Outcome, Party } from "./market.ts";

if (missingData !== undefined) console.warn(`attacks are skipped: ${missingData}`);

function report(name: string, figures: Record<string, number>): void {
  const text = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(3)}`);
  console.info(`${name}: ${text.join(", ")}`);
}

describe.skipIf(missingData !== undefined)("attacks on the scores", () => {
  let market: Market;
  let plain: Outcome;
  const random = randomStream(5, 0);

  beforeAll(() => {
    market = createMarket();
    plain = settle(market, market.honest);
  });

  const with_ = (attacker: Party, wrong = new Set<string>()): Outcome =>
    settle(market, [...market.honest, attacker], wrong);
  const wrongLabel = (example: Example): Example => {
    const { labels } = market.dataset;
    const at = labels.indexOf(example.label);
    return { ...example, label: labels[(at + 1 + random.below(labels.length - 1)) % labels.length]! };
  };

  it("pays honest contributors of equal batches about equally", () => {
    const shares = [...plain.share.values()];
    report("honest", { least: Math.min(...shares) * shares.length, most: Math.max(...shares) * shares.length });
    expect(Math.min(...shares) * shares.length).toBeGreaterThan(0.6);
    expect(Math.max(...shares) * shares.length).toBeLessThan(1.5);
    expect(plain.honestCharged).toBe(0);
  });

  it("pays nothing for a copy of another's batch and takes nothing from the victim", () => {
    const victim = market.honest[3]!;
    const outcome = with_({ name: "copier", examples: victim.examples });
    report("copy", {
      copier: outcome.perRow.get("copier")!,
      victim: outcome.share.get(victim.name)! / plain.share.get(victim.name)!,
    });
    expect(outcome.share.get("copier")).toBe(0);
    expect(outcome.share.get(victim.name)).toBeCloseTo(plain.share.get(victim.name)!, 9);
  });

  it("pays a paraphraser far less than an honest contributor", () => {
    const victim = market.honest[3]!;
    const outcome = with_({ name: "paraphraser", examples: victim.examples.map((row) => nearDuplicate(row, random)) });
    report("paraphrase", { attacker: outcome.perRow.get("paraphraser")! });
    expect(outcome.perRow.get("paraphraser")).toBeLessThan(0.8);
  });

  it("pays a batch the same whether one wallet registers it or ten do", () => {
    const [whole, ...others] = market.honest;
    const size = SHARE / 10;
    const wallets = Array.from({ length: 10 }, (_, w) => ({
      name: `honest-part-${w}`,
      examples: whole!.examples.slice(w * size, (w + 1) * size),
    }));
    const outcome = settle(market, [...wallets, ...others]);
    // Scores are additive; a wallet whose part scores below zero is paid nothing, which the whole would have absorbed.
    const parts = wallets.reduce((sum, { name }) => sum + outcome.perRow.get(name)! * size, 0);
    const wholeScore = plain.perRow.get(whole!.name)! * SHARE;
    const unit = [...outcome.perRow]
      .filter(([name]) => !name.startsWith("honest-part"))
      .reduce((sum, [, value]) => sum + value, 0);
    const plainUnit = [...plain.perRow]
      .filter(([name]) => name !== whole!.name)
      .reduce((sum, [, value]) => sum + value, 0);
    const ratio = parts / unit / (wholeScore / plainUnit);
    report("split", { ratio });
    expect(ratio).toBeGreaterThan(0.99);
    expect(ratio).toBeLessThan(1.01);
  });

  it("pays a small part for random text under random labels", () => {
    const { labels, train } = market.dataset;
    const examples = Array.from({ length: SHARE }, () =>
      gibberish(train[0]!, labels[random.below(labels.length)]!, random),
    );
    const outcome = with_({ name: "spammer", examples });
    report("spam", { attacker: outcome.perRow.get("spammer")!, share: outcome.share.get("spammer")! });
    expect(outcome.perRow.get("spammer")).toBeLessThan(0.05);
  });

  it("pays nothing for flipped labels, charges their bond and no honest one", () => {
    const examples = market.spare.slice(0, SHARE).map(wrongLabel);
    const outcome = with_({ name: "flipper", examples }, new Set(["flipper"]));
    report("flipped labels", {
      attacker: outcome.perRow.get("flipper")!,
      charged: outcome.wrongCharged,
      honest: outcome.honestCharged,
    });
    expect(outcome.share.get("flipper")).toBe(0);
    expect(outcome.wrongCharged).toBeGreaterThan(0.95);
    expect(outcome.honestCharged).toBe(0);
  });

  it("pays a partly mislabelled batch less than a clean one", () => {
    const examples = market.spare.slice(0, SHARE).map((row, i) => (i % 10 < 3 ? wrongLabel(row) : row));
    const outcome = with_({ name: "careless", examples });
    report("30 % flipped", { attacker: outcome.perRow.get("careless")! });
    expect(outcome.perRow.get("careless")).toBeLessThan(0.5);
  });

  it("pays padded rows, right texts with nonsense appended, about what they are worth: 1.1 honest rows", () => {
    const padded = (row: Example): Example =>
      row.kind === "text" ? { ...row, input: `${row.input} ${"zq".repeat(5 + random.below(40))}` } : row;
    const examples = market.spare.slice(0, SHARE).map(padded);
    const outcome = with_({ name: "outlier", examples });
    report("outlier", { attacker: outcome.perRow.get("outlier")! });
    expect(outcome.perRow.get("outlier")).toBeLessThan(1.5);
  });
});
