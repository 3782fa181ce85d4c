import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystoreJsonSync, Wallet } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { REPOSITORY } from "../../oracle/chain/artifacts.ts";
import { type Child, lastLines, startChild } from "../../oracle/common/childProcess.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { poll } from "../../oracle/common/retry.ts";
import { toEnvironment } from "../../oracle/config/load.ts";

/** Stages of an operator that leave a result, and the scan before them. */
const STAGES = ["scan", "snapshot", "fetch", "train", "index", "settle"] as const;
const INTERVAL_MS = 100;

const folder = mkdtempSync(join(tmpdir(), "openledger-restart-"));
const main = join(REPOSITORY, "oracle", "main.ts");
const children: Child[] = [];
let chainPort: number;
let apiPort: number;

/** Account of the development mnemonic that `up` gives nothing. */
const NOBODY = "900";
/** Accounts of a consumer, a contributor and a validator of the scenario. */
const CONSUMER = "12";
const CONTRIBUTOR = "31";
const VALIDATOR = "7";

const status = z.object({
  versions: z.array(z.object({ versionId: z.string(), indexRoot: z.string().optional() })),
  roots: z.array(z.object({ epochs: z.string(), rootHash: z.string().optional() })),
});

function start(name: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Child {
  const logFile = join(folder, `${name}.log`);
  const child = startChild({ name, script: main, args, cwd: REPOSITORY, environment, logFile });
  children.push(child);
  return child;
}

/** Waits for something in a child's log; fails when the child ends before. */
async function untilLogged<T>(child: Child, find: (log: string) => T | undefined): Promise<T> {
  let ended: number | undefined;
  void child.exited.then((code) => (ended = code));
  return poll(
    () => {
      const found = find(readFileSync(child.logFile, "utf8"));
      if (found === undefined && ended !== undefined) {
        throw new Error(`${child.name} ended with status ${ended}\n${lastLines(child.logFile)}`);
      }
      return Promise.resolve(found);
    },
    { intervalMs: INTERVAL_MS },
  );
}

/** Every "done" that the operator has logged, over all of its lives. */
function doneIn(log: string): string[] {
  return log.split("\n").flatMap((line) => {
    if (!line.startsWith("{") || !line.endsWith("}")) return [];
    const { msg, stage, subject } = JSON.parse(line) as { msg?: string; stage?: string; subject?: string };
    return msg === "done" ? [`${stage} ${subject}`] : [];
  });
}

async function statusAt(port: number): Promise<z.output<typeof status>> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/status`);
  return status.parse(await response.json());
}

beforeAll(async () => {
  chainPort = await findFreePort();
  // the economy takes five neighbouring ports
  apiPort = 20_000 + ((await findFreePort()) % 20_000);
  const up = start("up", [
    "up",
    ...["--port", `${chainPort}`, "--api-port", `${apiPort}`],
    ...["--inferences", "20", "--members", "2", "--state", join(folder, "state")],
  ]);
  await untilLogged(up, (log) => (log.includes("Serving until Ctrl-C") ? true : undefined));
});
afterAll(async () => {
  for (const child of children.reverse()) await child.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("an operator that is killed at every stage", () => {
  it("loses nothing, repeats nothing that it had finished, and reaches the same indexes and root", async () => {
    const port = await findFreePort();
    const environment = toEnvironment({
      OPENLEDGER_STATE_DIR: join(folder, "late"),
      OPENLEDGER_RPC_URL: `http://127.0.0.1:${chainPort}`,
      OPENLEDGER_DEPLOYMENT: `local-up-${chainPort}`,
      OPENLEDGER_SCAN_INTERVAL_MS: 300,
      OPENLEDGER_API_PORT: port,
      // the operators and the publisher, without the provider's gateway
      OPENLEDGER_PEERS: [0, 1, 2, 3, 4].map((p) => `http://127.0.0.1:${apiPort + p}`).join(","),
    });
    for (const stage of STAGES) {
      const operator = start("late", ["operator"], environment);
      await untilLogged(operator, (log) => doneIn(log).find((done) => done.startsWith(`${stage} `)));
      await operator.kill();
    }
    const operator = start("late", ["operator"], environment);
    const others = await statusAt(apiPort);
    const own = await poll(
      async () => {
        const found = await statusAt(port).catch(() => undefined);
        return found?.roots.length === others.roots.length ? found : undefined;
      },
      { intervalMs: INTERVAL_MS },
    );
    expect(own.versions).toEqual(others.versions.map(({ versionId, indexRoot }) => ({ versionId, indexRoot })));
    expect(own.roots).toEqual(others.roots.map(({ epochs, rootHash }) => ({ epochs, rootHash })));
    expect(own.roots.length).toBeGreaterThan(0);

    const finished = doneIn(readFileSync(operator.logFile, "utf8")).filter((done) =>
      STAGES.some((stage) => stage !== "scan" && done.startsWith(`${stage} `)),
    );
    expect(finished).toEqual([...new Set(finished)]);
  });
});

interface Ended {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command against the economy that `up` serves. */
function run(...args: string[]): Promise<Ended> {
  const environment = {
    OPENLEDGER_RPC_URL: `http://127.0.0.1:${chainPort}`,
    OPENLEDGER_DEPLOYMENT: `local-up-${chainPort}`,
    OPENLEDGER_STATE_DIR: join(folder, "person"),
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, ...args],
      { cwd: REPOSITORY, env: { ...process.env, ...environment } },
      (error, output, errors) => {
        const code = error?.code;
        resolve({ status: typeof code === "number" ? code : error === null ? 0 : -1, output, errors });
      },
    );
  });
}

const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { status: code, output, errors } = await run("--json", ...args);
  expect(errors).toBe("");
  expect(code).toBe(0);
  return JSON.parse(output) as Record<string, unknown>;
};

describe("the command line beside a running economy", () => {
  const api = () => ["--api", `http://127.0.0.1:${apiPort}`];

  it("verifies the root, and knows no other", async () => {
    const { checks } = await json("verify", "latest", ...api());
    const all = z.array(z.object({ holds: z.boolean(), compared: z.number() })).parse(checks);
    expect(all.every(({ holds }) => holds)).toBe(true);
    expect(all.reduce((sum, { compared }) => sum + compared, 0)).toBeGreaterThan(100);
    expect((await run("verify", `0x${"00".repeat(32)}`, ...api())).status).toBe(66);
  });

  it("explains an account to the wei", async () => {
    const listed = await fetch(`http://127.0.0.1:${apiPort}/v1/accounts?limit=1`);
    const { accounts } = (await listed.json()) as { accounts: { account: string; earned: string }[] };
    const { account, earned } = accounts[0]!;
    const explained = await json("explain", account, ...api());
    const entries = explained["entries"] as { payments: { payout: string }[] }[];
    const paid = entries.flatMap(({ payments }) => payments).reduce((sum, { payout }) => sum + BigInt(payout), 0n);
    expect(paid).toBe(BigInt(earned));
    const { output } = await run("claim", account, ...api());
    expect(output).toContain("Nothing to claim");
  });

  it("finds an operator's machine fit, and says what is missing elsewhere", async () => {
    expect((await run("check", "--dev-account", "1")).status).toBe(0);
    const unfit = await run("check", "--deployment", "nowhere");
    expect(unfit.status).toBe(78);
    expect(unfit.output).toContain("no such deployment");
  });

  it("pays for an answer, and refuses what cannot be paid", async () => {
    const ask = ["infer", "1", "When is my appointment?", "--provider", `http://127.0.0.1:${apiPort + 3}`];
    expect(await json(...ask)).toMatchObject({ dryRun: true });
    expect(await json(...ask, "--dev-account", CONSUMER)).toMatchObject({ receipt: { versionId: "1" } });
    const poor = await run(...ask, "--dev-account", NOBODY);
    expect(poor.status).toBe(64);
    expect(poor.errors).toMatch(/too little OPEN[^]*remedy/u);
    const dear = await run(...ask, "--max-price", "0.01");
    expect(dear.errors).toContain("dearer");
  });

  it("registers data that validators vote on", async () => {
    const file = join(folder, "rows.jsonl");
    writeFileSync(file, '{"text":"May I come at nine instead?","label":"reschedule"}\n');
    const contribute = ["contribute", "--datanet", "1", "--file", file];
    expect(await json(...contribute)).toMatchObject({ dryRun: true, contributions: 1 });
    expect((await run(...contribute, "--dev-account", NOBODY)).errors).toContain("too little OPEN");
    const { submitted } = await json(...contribute, "--dev-account", CONTRIBUTOR);
    const { submissionId } = (submitted as { submissionId: string }[])[0]!;
    const vote = ["review", "commit", submissionId, "--approve", "all"];
    expect((await run(...vote, "--dev-account", CONTRIBUTOR)).errors).toContain("ReviewConflictOfInterest");
    expect((await run(...vote, "--dev-account", CONSUMER)).errors).toContain("ReviewNotValidator");
    expect(await json(...vote, "--dev-account", VALIDATOR)).toMatchObject({ submissionId });

    writeFileSync(file, '{"text":"no label"}\n');
    const malformed = await run(...contribute);
    expect(malformed.status).toBe(65);
    expect(malformed.errors).toContain("rows.jsonl:1");
  });

  it("refuses another chain, a wrong password and an unknown deployment", async () => {
    expect((await run("review", "resolve", "1", "--deployment", "nowhere")).status).toBe(64);
    expect((await run("review", "resolve", "1", "--chain-id", "10")).status).toBe(69);
    const keystore = join(folder, "key.json");
    const password = join(folder, "password");
    const { address, privateKey } = Wallet.createRandom();
    writeFileSync(
      keystore,
      encryptKeystoreJsonSync({ address, privateKey }, "right", { scrypt: { N: 2, r: 1, p: 1 } }),
    );
    writeFileSync(password, "wrong");
    const locked = await run("review", "resolve", "1", "--keystore", keystore, "--password-file", password);
    expect(locked.status).toBe(77);
    expect(locked.errors).toContain(keystore);
    expect(locked.errors).not.toContain("wrong\n");
  });
});
