import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { expectPaidOnce, freePorts, openledger, untilLogged, withDirectory } from "./startUp.ts";

const resultSchema = z.object({
  rootHash: z.string(),
  consumption: z.array(z.object({ inferences: z.number(), paid: z.string() })),
  books: z.object({ balanced: z.boolean(), dust: z.string(), feesIn: z.string() }),
  gas: z.array(z.object({ kind: z.string(), count: z.number() })),
});

const INFERENCES = 60;

describe("openledger up --state", () => {
  it("goes on where it was stopped, and finds everything done when it is run again", async () => {
    await withDirectory(async (state) => {
      const ports = await freePorts();
      const args = [
        "--json",
        "up",
        "--once",
        "--inferences",
        `${INFERENCES}`,
        "--members",
        "1",
        "--state",
        state,
        ...ports,
      ];
      const stopped = openledger(args);
      await untilLogged(stopped, join(state, "logs", "operator-1.log"), '"stage":"train"');
      stopped.child.kill("SIGINT");
      const { status: stoppedStatus, errors: reason } = await stopped.finished;
      expect(reason).toContain("SIGINT");
      expect(stoppedStatus).toBe(130);

      const resumed = await openledger(args).finished;
      expect(resumed.errors).toBe("");
      expect(resumed.status).toBe(0);
      const first = resultSchema.parse(JSON.parse(resumed.output));
      expect(first.books).toMatchObject({ balanced: true, dust: "0" });
      const count = new Map(first.gas.map(({ kind, count: n }) => [kind, n]));
      expectPaidOnce(first, INFERENCES);
      expect(count.get("ModelRegistry.publishVersion")).toBe(2);

      const again = await openledger(args).finished;
      expect(again.errors).toBe("");
      const second = resultSchema.parse(JSON.parse(again.output));
      expect(second).toEqual(first);
    });
  });
});
