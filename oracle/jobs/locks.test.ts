import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonRpcProvider } from "../chain/provider.ts";
import { InUseError } from "../common/processLock.ts";
import { findFreePort } from "../common/ports.ts";
import { lockKey, lockStateDirectory } from "./locks.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-locks-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const MAIN = new URL("../main.ts", import.meta.url).pathname;

describe("a state directory in which a process works", () => {
  it.each([["operator"], ["settle"], ["provider"], ["watch", "--once"], ["up", "--once", "--state", directory]])(
    "is refused to openledger %s before anything else happens",
    async (...command) => {
      const lock = lockStateDirectory(directory);
      const ports = ["--port", `${await findFreePort()}`, "--api-port", `${await findFreePort()}`];
      const args = [MAIN, ...command, ...(command[0] === "up" ? ports : [])];
      const env = { ...process.env, OPENLEDGER_STATE_DIR: directory, OPENLEDGER_DEV_ACCOUNT: "1" };
      const { status, errors } = await new Promise<{ status: unknown; errors: string }>((resolve) =>
        execFile(process.execPath, args, { env }, (error, _, stderr) =>
          resolve({ status: error?.code, errors: stderr }),
        ),
      );
      expect(errors).toContain(`error: the state directory ${directory} is in use by process ${process.pid}\n`);
      expect(errors).toContain(`kill ${process.pid}`);
      expect(status).toBe(75);
      lock.release();
    },
  );
});

describe("a key with which a process signs", () => {
  const address = "0x00000000000000000000000000000000000000A1";
  /** A chain that begins with a block of this hash. */
  const chain = (first: string) =>
    ({ send: () => Promise.resolve({ hash: `0x${first.repeat(32)}` }) }) as unknown as JsonRpcProvider;
  const at = (chainId: number, port: number) => ({
    OPENLEDGER_CHAIN_ID: chainId,
    OPENLEDGER_RPC_URL: `http://127.0.0.1:${port}`,
  });

  it("is refused to others on the same chain, however they reach it and spell the address", async () => {
    const lock = await lockKey(address, chain("ab"), at(10, 1));
    const again = lockKey(address.toLowerCase(), chain("ab"), at(10, 2));
    await expect(again).rejects.toThrow(InUseError);
    await expect(again).rejects.toThrow(/on chain 10 is in use by process \d+/u);
    lock.release();
  });

  it("is free for other keys and other chains, also local ones with the same chain id", async () => {
    const locks = [
      await lockKey(address, chain("ab"), at(31_337, 1)),
      await lockKey(address, chain("ab"), at(31_337, 2)),
      await lockKey(address, chain("cd"), at(31_337, 1)),
      await lockKey(`${address.slice(0, -1)}2`, chain("ab"), at(31_337, 1)),
    ];
    for (const lock of locks) lock.release();
  });
});
