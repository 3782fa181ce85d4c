import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Place, testTranscripts } from "./documents.ts";
import { freePorts, openledger, type Run, withDirectory } from "./startUp.ts";

const wei = z.string().transform(BigInt);
const resultSchema = z.object({
  contributors: z.array(
    z.object({
      name: z.string(),
      behaviour: z.string(),
      datanet: z.string(),
      earned: wei,
      score: wei,
      claim: z.string().optional(),
    }),
  ),
  models: z.array(z.object({ name: z.string(), versionId: z.string(), accuracy: z.number() })),
  consumption: z.array(z.object({ inferences: z.number(), right: z.number(), paid: wei })),
  operators: z.array(
    z.object({
      versions: z.array(z.object({ training: z.string().optional() })),
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
  agent: z.object({ actions: z.number(), answers: z.number(), earned: wei, spent: wei }),
  gas: z.array(z.object({ kind: z.string(), count: z.number(), mean: wei, meanL1Fee: wei })),
});

describe("openledger up, with every room beside the core", () => {
  let up: Run;
  let place: Place;
  let result: z.output<typeof resultSchema>;

  beforeAll(async () => {
    const [, port, , apiPort] = (await freePorts()) as [string, string, string, string];
    place = { port: Number(port), apiPort: Number(apiPort), deployment: `local-up-${port}` };
    const rooms = ["--with", "governance,market,agents,documents"];
    const args = ["--json", "up", "--inferences", "150", "--members", "2", ...rooms];
    up = openledger([...args, "--port", port, "--api-port", apiPort]);
    // the document is one piece, and what it closes begins its last line
    result = resultSchema.parse(JSON.parse(await up.until((output) => output.endsWith("\n}\n"))));
  });

  afterAll(async () => {
    up.child.kill("SIGINT");
    expect(await up.finished).toMatchObject({ status: 0, errors: "" });
  });

  it("takes contributed data to claimed rewards, and its books balance to the wei", () => {
    const { books, agent, contributors, consumption, sale } = result;
    // what an agent's users pay, and what it pays itself
    expect(books.feesIn).toBe(consumption.reduce((sum, { paid }) => sum + paid, agent.earned + agent.spent));
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
  });

  it("is computed alike by every operator", () => {
    const { operators, rootHash, models } = result;
    expect(operators).toHaveLength(3);
    for (const { roots, versions } of operators) {
      expect(roots.map((root) => root.rootHash)).toEqual([rootHash]);
      // the agent's version was trained by nobody
      expect(versions.map(({ training }) => training)).toEqual([...models.map(() => "retrained"), undefined]);
    }
  });

  it("pays who helped, and nobody who copies or mislabels", () => {
    for (const { behaviour, earned, claim } of result.contributors) {
      if (behaviour === "copier" || behaviour === "mislabel-100") expect(earned).toBe(0n);
      if (behaviour === "mixed") expect(earned).toBeGreaterThan(0n);
      expect(claim !== undefined).toBe(earned > 0n);
    }
  });

  it("answers with citations, pays the authors and nobody who stuffs or gives orders", () => {
    const { contributors, models, consumption } = result;
    expect(models).toHaveLength(3);
    expect(models[2]!.accuracy).toBeGreaterThanOrEqual(0.8);
    expect(consumption[2]!.right).toBeGreaterThanOrEqual(0.7);
    const people = contributors.filter(({ datanet }) => datanet === models[2]!.name);
    const earnedBy = (behaviour: string) =>
      people.filter((person) => person.behaviour === behaviour).map(({ earned }) => earned);
    for (const earned of earnedBy("author")) expect(earned).toBeGreaterThan(0n);
    for (const bad of ["copier", "wrong", "stuffer", "injector"]) expect(earnedBy(bad)).toEqual([0n]);
  });

  it("has an agent that buys three answers for each that it sells", () => {
    const { agent } = result;
    // three questions of each Datanet, each asked of every model
    expect(agent.actions).toBe(9);
    expect(agent.answers).toBe(27);
    expect(agent.earned).toBeGreaterThan(agent.spent);
  });

  it("lets holders vote, shares trade, a contribution change hands and a bounty pay, all of it counted in gas", () => {
    const { gas } = result;
    const countOf = (kind: string) => gas.find((row) => row.kind === kind)?.count;
    expect(countOf("OpenLedgerGovernor.execute")).toBe(2);
    expect(countOf("ModelGrants.withdraw")).toBe(1);
    expect(countOf("Launchpad.graduate")).toBe(1);
    expect(countOf("ShareTrades.buy")).toBe(1);
    expect(countOf("Seaport.fulfillOrder")).toBe(1);
    expect(countOf("DataBounties.claim")).toBe(countOf("DataBounties.enter"));
    expect(countOf("DataBounties.claim")).toBeGreaterThan(0);
    // twice by each holder
    expect(countOf("ModelShares.claim")).toBe(10);
    for (const kind of ["PaymentChannels.deposit", "IndexRegistry.attest", "RewardDistributor.post"]) {
      expect(countOf(kind)).toBeGreaterThan(0);
    }
    for (const { meanL1Fee } of gas) expect(meanL1Fee).toBeGreaterThan(0n);
  });

  testTranscripts(() => place);
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
