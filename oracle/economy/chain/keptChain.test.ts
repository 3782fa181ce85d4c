import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createShutdown } from "../../common/shutdown.ts";
import { createKeptChain } from "./keptChain.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-kept-"));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a kept chain", () => {
  it("goes on only with the program that has run it before, which was Hardhat before there was a choice", () => {
    const open = (anvil: boolean) => {
      const options = { port: 8_545, chainId: 31_337, directory, deploymentId: "test", logs: directory, isKept: true };
      return createKeptChain({ ...options, anvil }, createShutdown());
    };
    const complete = () => writeFileSync(join(directory, "addresses.json"), "{}");
    expect(open(true).resumed).toBe(false);
    complete();
    expect(open(true).resumed).toBe(true);
    expect(() => open(false)).toThrow(/another program has run the chain/u);
    rmSync(join(directory, "program.txt"));
    expect(open(false).resumed).toBe(true);
    expect(() => open(true)).toThrow(/another program has run the chain/u);
  });
});
