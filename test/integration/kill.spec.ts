import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { poll } from "../../oracle/common/retry.ts";
import { economySchema, expectPaidOnce, freePorts, openledger, untilLogged, withDirectory } from "./startUp.ts";

const INFERENCES = 120;

/** What a process must have logged before it is killed. */
const KILLS = [
  ["operator-1", '"stage":"snapshot"'],
  ["operator-2", '"stage":"fetch"'],
  ["operator-3", '"stage":"train"'],
  ["operator-1", '"stage":"index"'],
  ["operator-2", '"stage":"attest"'],
  ["provider", "answered"],
  ["operator-3", '"stage":"settle"'],
] as const;

describe("killing processes of the economy", () => {
  it("loses nothing and doubles nothing, whatever stage a process is killed in", async () => {
    await withDirectory(async (state) => {
      const args = ["--json", "up", "--once", "--inferences", `${INFERENCES}`, "--members", "1", "--state", state];
      const run = openledger([...args, ...(await freePorts())]);
      for (const [name, logged] of KILLS) {
        await untilLogged(run, join(state, "logs", `${name}.log`), logged);
        process.kill(await pidOf(name, state), "SIGKILL");
      }
      const { status, output, errors } = await run.finished;
      expect(errors).toBe("");
      expect(status).toBe(0);

      const { operators, rootHash, books, consumption, gas } = economySchema.parse(JSON.parse(output));
      for (const { roots } of operators) expect(roots.map((root) => root.rootHash)).toEqual([rootHash]);
      expect(books).toMatchObject({ balanced: true, dust: "0" });
      expect(consumption.reduce((sum, { inferences }) => sum + inferences, 0)).toBe(INFERENCES);
      for (const operator of [1, 2, 3]) {
        const log = readFileSync(join(state, "logs", `operator-${operator}.log`), "utf8");
        for (const stage of ["snapshot", "fetch", "train", "index", "settle"]) {
          const done = log.match(new RegExp(`"stage":"${stage}","subject":"[^"]+","msg":"done"`, "gu")) ?? [];
          expect(done.length).toBe(new Set(done).size);
        }
      }
      const count = new Map(gas.map(({ kind, count: n }) => [kind, n]));
      expectPaidOnce({ books, consumption }, INFERENCES);
      expect(count.get("RewardDistributor.post")).toBe(1);
      expect(count.get("IndexRegistry.attest")).toBe(2);
      expect(count.get("InferenceMarket.commitReceipts")).toBe(2);
    });
  });
});

/** The process that keeps its state in this directory, as soon as it runs: one that was killed is started again. */
async function pidOf(name: string, state: string): Promise<number> {
  const directory = `OPENLEDGER_STATE_DIR=${join(state, name)} `;
  const find = () => {
    const options = { encoding: "utf8", maxBuffer: 1 << 26 } as const;
    const lines = execFileSync("ps", ["-eww", "-o", "pid=,args=", "e"], options).split("\n");
    const own = lines.find((line) => line.includes("oracle/main.ts") && line.includes(directory));
    return Promise.resolve(own === undefined ? undefined : Number.parseInt(own, 10));
  };
  return poll(find, { intervalMs: 50 });
}
