import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { freePorts, openledger, withDirectory } from "./startUp.ts";

const wei = z.string().transform(BigInt);
const resultSchema = z.object({
  contributors: z.array(
    z.object({ name: z.string(), behaviour: z.string(), earned: wei, score: wei, claim: z.string().optional() }),
  ),
  models: z.array(z.object({ versionId: z.string(), accuracy: z.number() })),
  consumption: z.array(z.object({ inferences: z.number(), paid: wei })),
  operators: z.array(
    z.object({
      versions: z.array(z.object({ training: z.string() })),
      roots: z.array(z.object({ rootHash: z.string() })),
    }),
  ),
  rootHash: z.string(),
  books: z.object({
    feesIn: wei,
    bondsCharged: wei,
    protocol: wei,
    owners: wei,
    compute: wei,
    stakers: wei,
    curators: wei,
    trainingFees: wei,
    trainingPaid: wei,
    contributors: wei,
    dust: wei,
    royalties: wei,
    claimed: wei,
    balanced: z.boolean(),
  }),
  sale: z.object({ earned: wei }),
  gas: z.array(z.object({ kind: z.string(), count: z.number(), mean: wei, meanL1Fee: wei })),
});

describe("openledger up --once", () => {
  it("takes contributed data to claimed rewards, its books balance to the wei, and holders vote", async () => {
    await withDirectory(async (state) => {
      const args = [
        "--json",
        "up",
        "--once",
        "--inferences",
        "120",
        "--members",
        "2",
        "--with",
        "governance,market",
        "--state",
        state,
      ];
      const { status, output, errors } = await openledger([...args, ...(await freePorts())]).finished;
      expect(errors).toBe("");
      expect(status).toBe(0);
      const { books, operators, rootHash, contributors, consumption, sale, gas } = resultSchema.parse(
        JSON.parse(output),
      );

      expect(books.feesIn).toBe(consumption.reduce((sum, { paid }) => sum + paid, 0n));
      expect(books.bondsCharged).toBeGreaterThan(0n);
      expect(books.curators).toBeGreaterThan(0n);
      expect(books.trainingFees).toBeGreaterThan(0n);
      expect(books.trainingPaid).toBe(books.trainingFees);
      expect(books.feesIn).toBe(
        books.protocol + books.owners + books.compute + books.stakers + books.curators + books.contributors,
      );
      expect(books.claimed).toBe(books.contributors);
      expect(sale.earned).toBeGreaterThan(0n);
      expect(books.claimed).toBe(contributors.reduce((sum, { earned }) => sum + earned, sale.earned));
      expect(books.dust).toBe(0n);
      expect(books.royalties).toBeGreaterThan(0n);
      expect(books.balanced).toBe(true);

      const executed = gas.find(({ kind }) => kind === "OpenLedgerGovernor.execute");
      expect(executed?.count).toBe(2);
      expect(gas.find(({ kind }) => kind === "ModelGrants.withdraw")?.count).toBe(1);
      expect(gas.find(({ kind }) => kind === "Launchpad.graduate")?.count).toBe(1);
      expect(gas.find(({ kind }) => kind === "ShareTrades.buy")?.count).toBe(1);
      expect(gas.find(({ kind }) => kind === "Seaport.fulfillOrder")?.count).toBe(1);
      // twice by each holder
      expect(gas.find(({ kind }) => kind === "ModelShares.claim")?.count).toBe(10);

      expect(operators).toHaveLength(3);
      for (const { roots, versions } of operators) {
        expect(roots.map((root) => root.rootHash)).toEqual([rootHash]);
        expect(versions.map(({ training }) => training)).toEqual(["retrained", "retrained"]);
      }
      for (const { behaviour, earned } of contributors) {
        if (behaviour === "copier" || behaviour === "mislabel-100") expect(earned).toBe(0n);
        if (behaviour === "mixed") expect(earned).toBeGreaterThan(0n);
      }
      for (const { earned, claim } of contributors) expect(claim !== undefined).toBe(earned > 0n);
      const kinds = gas.map(({ kind }) => kind);
      for (const kind of ["PaymentChannels.deposit", "IndexRegistry.attest", "RewardDistributor.post"]) {
        expect(kinds).toContain(kind);
      }
      for (const { meanL1Fee } of gas) expect(meanL1Fee).toBeGreaterThan(0n);
    });
  });
});

describe("openledger up with bad input", () => {
  it("names the port that is in use", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { status, errors } = await openledger(["up", "--once", "--port", String(port)]).finished;
    server.close();
    expect(status).toBe(64);
    expect(errors).toContain(`127.0.0.1:${port}`);
    expect(errors).toContain("--port");
  });

  it("says which folder formats it knows, and the line of a malformed row", async () => {
    await withDirectory(async (directory) => {
      const unknown = await openledger(["up", "--once", "--data", directory]).finished;
      expect(unknown.status).not.toBe(0);
      expect(unknown.errors).toMatch(/banking77: train\.csv/u);
      writeFileSync(join(directory, "dataset.json"), '{"name":"x","licence":"CC0-1.0","source":"test"}');
      writeFileSync(join(directory, "train.jsonl"), '{"text":"good","label":"a"}\n{"text":"no label"}\n');
      const malformed = await openledger(["up", "--once", "--data", directory]).finished;
      expect(malformed.status).not.toBe(0);
      expect(malformed.errors).toMatch(/train\.jsonl.*2|row 2|line 2/su);
    });
  });

  it("refuses a count that is none", async () => {
    const { status, errors } = await openledger(["up", "--once", "--inferences", "many"]).finished;
    expect(status).toBe(64);
    expect(errors).toContain("many");
  });
});
