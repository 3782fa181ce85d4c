import { describe, expect, it } from "vitest";
import { startHostileEndpoint } from "../../oracle/chain/testing/hostileEndpoint.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { economySchema, expectPaidOnce, npmStart, withDirectory } from "./startUp.ts";

const INFERENCES = 30;
const SHARES = { refused: 0.03, lost: 0.03, doubled: 0.01, stale: 0.02 };

describe("the whole economy behind an endpoint at its worst", () => {
  it("ends with the same root at every operator, and every payment made once", async () => {
    await withDirectory(async (state) => {
      const port = await findFreePort();
      const limits = { staleBlocks: 3, delayMs: 10, mostLogBlocks: 20, largestBatch: 7 };
      const endpoint = await startHostileEndpoint(`http://127.0.0.1:${port}`, { seed: 1, ...SHARES, ...limits });
      try {
        const args = ["--once", "--json", "--inferences", `${INFERENCES}`, "--members", "1", "--state", state];
        const ports = ["--port", `${port}`, "--api-port", `${await findFreePort()}`];
        const { status, output, errors } = await npmStart([...args, "--rpc", endpoint.url, ...ports]).finished;
        expect({ status, errors }).toEqual({ status: 0, errors: "" });
        const { operators, rootHash, books, consumption, gas } = economySchema.parse(
          JSON.parse(output.slice(output.indexOf("{"))),
        );
        for (const { roots } of operators) expect(roots.map((root) => root.rootHash)).toEqual([rootHash]);
        expect(books).toMatchObject({ balanced: true, dust: "0" });
        expect(consumption.reduce((sum, { inferences }) => sum + inferences, 0)).toBe(INFERENCES);
        const count = new Map(gas.map(({ kind, count: n }) => [kind, n]));
        expectPaidOnce({ books, consumption }, INFERENCES);
        expect(count.get("RewardDistributor.post")).toBe(1);
        for (const fault of ["refused", "lost", "doubled", "stale", "range refused", "batch refused"]) {
          expect(endpoint.faults.get(fault), fault).toBeGreaterThan(0);
        }
      } finally {
        await endpoint.close();
      }
    });
  });
});
