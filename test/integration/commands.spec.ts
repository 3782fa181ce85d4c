import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPEN } from "@openledger/protocol/units.ts";
import { encryptKeystoreJson } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { poll } from "../../oracle/common/retry.ts";
import { openledger, type Run } from "./startUp.ts";

/** Places in the development mnemonic of the economy's cast, and of somebody without a part in it. */
const ACCOUNT = {
  provider: 4,
  validators: [7, 8, 9],
  contributor: 30,
  other: 31,
  third: 32,
  relayer: 12,
  stranger: 500,
};
const addressOf = (index: number) => developmentWallet(index).address;

const economySchema = z.object({ rootHash: z.string() });
const problemSchema = z.object({
  error: z.string(),
  value: z.unknown().optional(),
  limit: z.string().optional(),
  remedy: z.string().optional(),
});
const hash = z.string().regex(/^0x[0-9a-f]{64}$/u);
const plannedSchema = z.object({ dryRun: z.literal(true), transactions: z.array(z.object({ kind: z.string() })) });
const submittedSchema = z.object({
  submitted: z.array(z.object({ submissionId: z.string(), contributions: z.string(), transaction: hash })),
});
let directory: string;
let up: Run;
let api: string;
let chain: string[];
let rpc: string;
/** A file in the test's directory. */
const file = (name: string) => join(directory, name);
const as = (account: number) => ["--dev-account", String(account)];

/** Runs a command that must succeed, and returns what it prints. */
async function run<S extends z.ZodType>(args: readonly string[], schema: S): Promise<z.output<S>> {
  const { status, output, errors } = await openledger(["--json", ...args]).finished;
  expect({ args, status, errors }).toEqual({ args, status: 0, errors: "" });
  return schema.parse(JSON.parse(output));
}

/** Runs a command that must fail with this status, and returns its message: never without what to do about it. */
async function refused(args: readonly string[], status: number, environment: NodeJS.ProcessEnv = {}) {
  const { status: actual, errors } = await openledger(["--json", ...args], environment).finished;
  expect({ args, status: actual, errors }).toMatchObject({ args, status });
  const problem = problemSchema.parse(JSON.parse(errors));
  expect({ args, ...problem }).toMatchObject({ remedy: expect.stringMatching(/\w/u) as string });
  return problem;
}

const until = <T>(ready: () => Promise<T | undefined>) => poll(ready, { intervalMs: 300 });

async function ask<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  return schema.parse(await (await fetch(new URL(path, api))).json());
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "openledger-commands-"));
  const port = await findFreePort();
  const apiPort = await findFreePort();
  const args = ["--json", "up", "--inferences", "60", "--members", "1", "--state", file("state")];
  up = openledger([...args, "--port", String(port), "--api-port", String(apiPort)]);
  economySchema.parse(JSON.parse(await up.until((output) => output.endsWith("}\n"))));
  api = `http://127.0.0.1:${apiPort}`;
  rpc = `http://127.0.0.1:${port}`;
  chain = ["--rpc", rpc, "--deployment", `local-up-${port}`];
});

afterAll(async () => {
  up?.child.kill("SIGTERM");
  await up?.finished;
  rmSync(directory, { recursive: true, force: true });
});

// each part stands on what those before it have done
let failed = false;
beforeEach(({ skip }) => skip(failed, "an earlier part has failed"));
afterEach(({ task }) => {
  failed ||= task.result?.state === "fail";
});

describe("the command line beside a running economy", () => {
  it("examines the machine, the chain and the key", async () => {
    const findings = z.array(z.object({ what: z.string(), state: z.string() }));
    const found = await run(["check", ...chain, ...as(1)], findings);
    expect(found.filter(({ state }) => state !== "ok")).toEqual([]);
    expect(found.map(({ what }) => what)).toEqual(expect.arrayContaining(["numerics", "contracts", "quorum"]));
    const dry = await run(["check", ...chain], findings);
    expect(dry.find(({ what }) => what === "key")?.state).toBe("warning");
    const broken = await openledger(["--json", "check", "--rpc", `http://127.0.0.1:${await findFreePort()}`]).finished;
    expect(broken.status).toBe(78);
  });

  it("refuses what cannot work, and says what would", async () => {
    expect(await refused(["claim", "--rpc", rpc, "--deployment", "nowhere"], 64)).toMatchObject({ value: "nowhere" });
    expect((await refused(["check", ...chain, "--chain-id", "many"], 64)).error).toContain("OPENLEDGER_CHAIN_ID");
    expect((await refused(["claim", ...chain, "--chain-id", "10"], 69)).limit).toContain("10");
    const dead = `http://127.0.0.1:${await findFreePort()}`;
    expect((await refused(["claim", ...chain, "--rpc", dead], 69)).value).toContain(dead);
    expect((await refused(["explain", addressOf(30), "--api", dead], 69)).value).toBe(dead);
    expect((await refused(["explain", "somebody", "--api", api], 64)).value).toBe("somebody");
    expect((await refused(["verify", "0x12", "--api", api, ...chain], 64)).value).toBe("0x12");
    expect((await refused(["verify", `0x${"1".repeat(64)}`, "--api", api, ...chain], 66)).value).toContain("0x1111");
    expect((await refused(["claim", "0x12", ...chain], 64)).value).toBe("0x12");
    expect((await refused(["claim", ...chain, "--api", api], 77)).error).toContain("key");
    expect((await refused(["contribute", ...chain], 64)).error).toContain("nothing to contribute");
    expect((await refused(["datanet", "show", "99", "--api", api], 66)).value).toBeDefined();
  });

  it("does not listen where somebody else does", async () => {
    const busy: Server = createServer();
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    const { port } = busy.address() as { port: number };
    const problem = await refused(["serve", "--state", file("nothing")], 64, { OPENLEDGER_API_PORT: String(port) });
    expect(problem.value).toBe(`127.0.0.1:${port}`);
    expect(problem.remedy).toContain("OPENLEDGER_API_PORT");
    busy.close();
  });

  it("opens an encrypted keystore, and nothing with another password", async () => {
    const { address, privateKey } = developmentWallet(ACCOUNT.contributor);
    writeFileSync(
      file("key.json"),
      await encryptKeystoreJson({ address, privateKey }, "right", { scrypt: { N: 1_024 } }),
    );
    writeFileSync(file("password"), "right\n");
    writeFileSync(file("wrong"), "left\n");
    const create = ["datanet", "create", "Streets", ...chain];
    const key = ["--keystore", file("key.json")];
    expect((await refused([...create, ...key], 77)).remedy).toContain("--password-file");
    expect((await refused([...create, ...key, "--password-file", file("absent")], 64)).value).toBe(file("absent"));
    expect((await refused([...create, ...key, "--password-file", file("wrong")], 77)).error).toContain("password");
    expect((await refused([...create, "--keystore", file("absent")], 77)).value).toBe(file("absent"));

    const dry = await run(create, plannedSchema);
    expect(dry.transactions.map(({ kind }) => kind)).toEqual(["create Datanet"]);
    const validators = ACCOUNT.validators.flatMap((index) => ["--validator", addressOf(index)]);
    const terms = ["--bond", "2", "--review-fee", "0.1", "--votes", "2", "--tag", "test"];
    const args = [...create, ...key, "--password-file", file("password"), ...terms, ...validators];
    expect(await run(args, z.object({ datanetId: z.string(), transaction: hash }))).toMatchObject({ datanetId: "3" });
    await until(
      async () =>
        (await ask("/v1/datanets", z.object({ datanets: z.array(z.unknown()) }))).datanets.length === 3 || undefined,
    );
    const listed = await run(["datanet", "list", "--api", api], z.array(z.object({ name: z.string() })));
    expect(listed.map(({ name }) => name)).toContain("Streets");
    const shown = await run(["datanet", "show", "3", "--api", api], z.object({ bond: z.string() }));
    expect(shown.bond).toBe(String(2n * OPEN));
  });

  it("registers data: as a trial, from the own purse, and signed for somebody who pays", async () => {
    const lines = readFileSync(new URL("../../examples/health/train.jsonl", import.meta.url), "utf8").split("\n");
    const [book, cancel] = ["book_appointment", "change_appointment"].map((label) =>
      lines.filter((line) => line.includes(`"${label}"`)),
    ) as [string[], string[]];
    const rows = (from: number) => [...book.slice(from, from + 15), ...cancel.slice(from, from + 15)].join("\n");
    writeFileSync(file("own.jsonl"), `${rows(0)}\n`);
    writeFileSync(file("relayed.jsonl"), `${rows(15)}\n`);
    // what the publisher of the economy serves, the operators fetch
    const state = ["--state", file("state/publisher")];
    const own = ["contribute", "--datanet", "3", "--file", file("own.jsonl"), ...chain];
    const dry = await run(own, z.object({ dryRun: z.literal(true), examples: z.number(), cost: z.string() }));
    expect(dry.examples).toBe(30);
    expect((await refused([...own, ...as(ACCOUNT.contributor)], 64)).remedy).toContain("--state");
    expect((await refused([...own, ...as(ACCOUNT.stranger), ...state], 64)).error).toContain("too little OPEN");
    const missing = ["contribute", "--datanet", "9", "--file", file("own.jsonl"), ...chain];
    expect((await refused([...missing, ...as(ACCOUNT.contributor), ...state], 64)).value).toBe("9");
    const nowhere = ["contribute", "--datanet", "3", "--file", file("absent.jsonl"), ...chain];
    expect((await refused([...nowhere, ...as(ACCOUNT.contributor), ...state], 65)).error).toContain("absent.jsonl");

    const { submitted } = await run([...own, ...as(ACCOUNT.contributor), ...state], submittedSchema);
    expect(submitted).toHaveLength(1);

    const relayed = ["contribute", "--datanet", "3", "--file", file("relayed.jsonl"), ...chain, ...state];
    const consent = await run(
      [...relayed, ...as(ACCOUNT.stranger), "--consent", file("consent.json")],
      z.object({ contributor: z.string(), submissions: z.array(z.unknown()) }),
    );
    expect(consent.contributor).toBe(addressOf(ACCOUNT.stranger));
    const relay = ["contribute", "--relay", file("consent.json"), ...chain, ...as(ACCOUNT.relayer)];
    expect((await run(relay, submittedSchema)).submitted).toHaveLength(1);
    expect((await refused(relay, 69)).error).toMatch(/would revert/u);
    expect((await refused(["contribute", "--relay", file("own.jsonl"), ...chain], 65)).value).toBe(file("own.jsonl"));
  });
});
