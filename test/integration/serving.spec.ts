import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { findFreePort } from "../../oracle/common/ports.ts";
import { freePorts, openledger, withDirectory } from "./startUp.ts";

const resultSchema = z.object({
  rootHash: z.string(),
  contributors: z.array(z.object({ account: z.string(), earned: z.string() })),
});
const statusSchema = z.object({
  versions: z.array(
    z.object({ versionId: z.string(), partsHash: z.string().optional(), training: z.string().optional() }),
  ),
  roots: z.array(z.object({ rootHash: z.string().optional(), bundle: z.string().optional() })),
});

async function statusOf(url: string): Promise<z.output<typeof statusSchema> | undefined> {
  try {
    return statusSchema.parse(await (await fetch(`${url}/v1/status`)).json());
  } catch {
    return undefined;
  }
}

describe("openledger up, while it serves", () => {
  it("answers explain and verify, lets a late operator reach the same bytes, and ends without orphans", async () => {
    await withDirectory(async (state) => {
      const [, port, , apiPort] = (await freePorts()) as [string, string, string, string];
      const args = ["--json", "up", "--inferences", "60", "--members", "1", "--state", state];
      const up = openledger([...args, "--port", port, "--api-port", apiPort]);
      const text = await up.until((output) => output.endsWith("}\n"));
      const { rootHash, contributors } = resultSchema.parse(JSON.parse(text));
      const api = `http://127.0.0.1:${apiPort}`;
      const rpc = `http://127.0.0.1:${port}`;

      const earner = contributors.find(({ earned }) => earned !== "0")!;
      const explained = await openledger(["explain", earner.account, "--api", api]).finished;
      expect(explained.errors).toBe("");
      expect(explained.status).toBe(0);
      const verify = ["verify", "latest", "--api", api, "--rpc", rpc, "--deployment", `local-up-${port}`];
      const verified = await openledger(verify).finished;
      expect(verified.errors).toBe("");
      expect(verified.status).toBe(0);

      const latePort = await findFreePort();
      const peers = Array.from({ length: 5 }, (_, i) => `http://127.0.0.1:${Number(apiPort) + i}`);
      const late = openledger(["operator"], {
        OPENLEDGER_STATE_DIR: join(state, "late"),
        OPENLEDGER_RPC_URL: rpc,
        OPENLEDGER_DEPLOYMENT: `local-up-${port}`,
        OPENLEDGER_API_PORT: String(latePort),
        OPENLEDGER_PEERS: peers.join(","),
        OPENLEDGER_SCAN_INTERVAL_MS: "300",
      });
      let own: Awaited<ReturnType<typeof statusOf>>;
      do {
        await sleep(200);
        own = await statusOf(`http://127.0.0.1:${latePort}`);
      } while (own?.roots[0]?.rootHash === undefined && late.child.exitCode === null);
      expect(own?.roots.map((root) => root.rootHash)).toEqual([rootHash]);
      const first = await statusOf(api);
      expect(own).toEqual({ versions: first?.versions, roots: first?.roots });

      late.child.kill("SIGTERM");
      expect((await late.finished).status).toBe(0);
      up.child.kill("SIGINT");
      expect((await up.finished).status).toBe(0);
      await expect(fetch(rpc)).rejects.toThrow();
      for (const peer of peers) await expect(fetch(peer)).rejects.toThrow();
    });
  });
});
