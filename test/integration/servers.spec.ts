import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openPostgres } from "../../oracle/store/openPostgres.ts";
import { startPostgres, startRedis } from "../../oracle/store/testing/servers.ts";
import { expectPaidOnce, freePorts, openledger, untilLogged, withDirectory } from "./startUp.ts";

const resultSchema = z.object({
  operators: z.array(z.object({ roots: z.array(z.object({ rootHash: z.string() })) })),
  rootHash: z.string(),
  consumption: z.array(z.object({ inferences: z.number(), paid: z.string() })),
  books: z.object({ balanced: z.boolean(), dust: z.string(), feesIn: z.string() }),
  gas: z.array(z.object({ kind: z.string(), count: z.number() })),
});

const INFERENCES = 60;
/** Stages of an operator that leave a result, for two versions and one root. */
const RESULTS = 4 * 2 + 1;

const [postgres, redis] = [await startPostgres(), await startRedis()];
afterAll(async () => {
  await postgres?.stop();
  await redis?.stop();
});

describe.runIf(postgres && redis)("openledger up on a PostgreSQL and a Redis server", () => {
  it("reaches one root and balanced books, also when both servers are started again in the middle", async () => {
    await withDirectory(async (state) => {
      const args = ["--json", "up", "--once", "--inferences", `${INFERENCES}`, "--members", "1", "--state", state];
      const servers = { DATABASE_URL: postgres!.url, REDIS_URL: redis!.url };
      const up = openledger([...args, ...(await freePorts())], servers);
      await untilLogged(up, join(state, "logs", "operator-2.log"), '"stage":"train"');
      await redis!.restart();
      await postgres!.restart();

      const { status, output, errors } = await up.finished;
      expect(errors).toBe("");
      expect(status).toBe(0);
      const { operators, rootHash, books, consumption, gas } = resultSchema.parse(JSON.parse(output));
      for (const { roots } of operators) expect(roots.map((root) => root.rootHash)).toEqual([rootHash]);
      expect(books).toMatchObject({ balanced: true, dust: "0" });
      const count = new Map(gas.map(({ kind, count: n }) => [kind, n]));
      expectPaidOnce({ books, consumption }, INFERENCES);
      expect(count.get("RewardDistributor.post")).toBe(1);

      for (const operator of [1, 2, 3]) {
        expect(existsSync(join(state, `operator-${operator}`, "database"))).toBe(false);
        const db = await openPostgres(
          Object.assign(new URL(postgres!.url), { pathname: `/postgres_up_operator_${operator}` }).href,
        );
        const [row] = await db.query<{ results: string }>("SELECT count(*) AS results FROM stage_results");
        expect(Number(row?.results)).toBe(RESULTS);
        await db.close();
      }
    });
  });
});
