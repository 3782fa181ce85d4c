import { describe, expect, it } from "vitest";
import { z } from "zod";
import { freePorts, openledger, withDirectory } from "./startUp.ts";

const wei = z.string().transform(BigInt);
const resultSchema = z.object({
  contributors: z.array(z.object({ name: z.string(), behaviour: z.string(), datanet: z.string(), earned: wei })),
  models: z.array(z.object({ name: z.string(), accuracy: z.number() })),
  consumption: z.array(z.object({ inferences: z.number(), right: z.number(), paid: wei })),
  operators: z.array(z.object({ roots: z.array(z.object({ rootHash: z.string() })) })),
  agent: z.object({ actions: z.number(), answers: z.number(), earned: wei, spent: wei }),
  rootHash: z.string(),
  books: z.object({
    feesIn: wei,
    contributors: wei,
    claimed: wei,
    dust: wei,
    trainingFees: wei,
    trainingPaid: wei,
    balanced: z.boolean(),
  }),
});

describe("openledger up --once --with agents,documents", () => {
  it("answers with citations, pays the authors and nobody who copies, stuffs or gives orders", async () => {
    await withDirectory(async (state) => {
      const args = ["--json", "up", "--once", "--with", "agents,documents", "--inferences", "120", "--members", "1"];
      const { status, output, errors } = await openledger([...args, "--state", state, ...(await freePorts())]).finished;
      expect(errors).toBe("");
      expect(status).toBe(0);
      const { contributors, models, consumption, agent, operators, rootHash, books } = resultSchema.parse(
        JSON.parse(output),
      );

      expect(models).toHaveLength(3);
      expect(models[2]!.accuracy).toBeGreaterThanOrEqual(0.8);
      expect(consumption[2]!.right).toBeGreaterThanOrEqual(0.7);

      const people = contributors.filter(({ datanet }) => datanet === models[2]!.name);
      const earnedBy = (behaviour: string) =>
        people.filter((person) => person.behaviour === behaviour).map(({ earned }) => earned);
      for (const earned of earnedBy("author")) expect(earned).toBeGreaterThan(0n);
      for (const bad of ["copier", "wrong", "stuffer", "injector"]) expect(earnedBy(bad)).toEqual([0n]);

      // three questions of each Datanet, each asked of every model; what it paid is revenue of the models
      expect(agent.actions).toBe(9);
      expect(agent.answers).toBe(27);
      expect(agent.earned).toBeGreaterThan(agent.spent);
      expect(books.feesIn).toBe(consumption.reduce((sum, { paid }) => sum + paid, agent.earned + agent.spent));

      for (const { roots } of operators) expect(roots.map((root) => root.rootHash)).toEqual([rootHash]);
      expect(books.balanced).toBe(true);
      expect(books.dust).toBe(0n);
      expect(books.claimed).toBe(books.contributors);
      expect(books.trainingFees).toBeGreaterThan(0n);
      expect(books.trainingPaid).toBe(books.trainingFees);
    });
  });
});
