import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ZERO_HASH } from "@openledger/protocol/hex.ts";
import { OPEN } from "@openledger/protocol/units.ts";
import { encryptKeystoreJson } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Contracts, connectContracts } from "../../oracle/chain/contracts.ts";
import { readDeployment } from "../../oracle/chain/deployment.ts";
import { setEthBalance, travelTo } from "../../oracle/chain/localNode.ts";
import { connect, type JsonRpcProvider } from "../../oracle/chain/provider.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { OPERATOR_ACCOUNTS } from "../../oracle/economy/cast/party.ts";
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
const claimedSchema = z.object({
  claimed: z.array(
    z.object({ account: z.string(), amount: z.coerce.bigint(), recipient: z.string(), transaction: hash }),
  ),
});

let directory: string;
let up: Run;
let api: string;
let gateway: string;
/** Where the economy's publisher serves its files. */
let publisher: string;
let chain: string[];
let rpc: string;
let provider: JsonRpcProvider;
let contracts: Contracts;
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

/** How many transactions an account sends meanwhile. */
async function spentBy(account: number, work: () => Promise<unknown>): Promise<number> {
  const count = () => provider.getTransactionCount(addressOf(account));
  const before = await count();
  await work();
  return (await count()) - before;
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
  gateway = `http://127.0.0.1:${apiPort + 3}`;
  publisher = `http://127.0.0.1:${apiPort + 4}`;
  rpc = `http://127.0.0.1:${port}`;
  chain = ["--rpc", rpc, "--deployment", `local-up-${port}`];
  provider = await connect(rpc, 31_337);
  contracts = connectContracts(readDeployment(`local-up-${port}`, 31_337), provider);
});

afterAll(async () => {
  provider?.destroy();
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

    writeFileSync(file("quality.jsonl"), `${rows(30)}\n`);
    const quality = ["contribute", "--datanet", "3", "--file", file("quality.jsonl"), "--quality", ...chain, ...state];
    expect((await refused([...quality, ...as(ACCOUNT.other)], 77)).limit).toContain("validators");
    await run([...quality, ...as(ACCOUNT.validators[2]!)], submittedSchema);

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
    expect(await spentBy(ACCOUNT.relayer, () => refused(relay, 64))).toBe(0);
    expect((await refused(["contribute", "--relay", file("own.jsonl"), ...chain], 65)).value).toBe(file("own.jsonl"));
  });

  it("reviews: commits, reveals, resolves", async () => {
    const open = z.array(z.object({ submissionId: z.string(), phase: z.string() }));
    const submissions = await until(async () => {
      const all = await run(["review", "list", "--api", api, ...chain], open);
      return all.length === 3 ? all.map(({ submissionId }) => submissionId) : undefined;
    });
    const vote = (verb: string, id: string, account: number, ...more: string[]) =>
      run(["review", verb, id, ...chain, ...as(account), ...more], z.object({ transaction: hash }));
    const [quality, first, second] = submissions as [string, string, string];
    expect((await refused(["review", "commit", first, "--approve", "7", ...chain, ...as(7)], 64)).limit).toContain("1");
    expect((await refused(["review", "reveal", first, ...chain, ...as(7)], 64)).error).toContain("not committed");
    for (const validator of ACCOUNT.validators.slice(0, 2)) {
      await vote("commit", quality, validator, "--approve", "all");
      await vote("commit", first, validator, "--approve", "all");
      await vote("commit", second, validator, "--approve", "0");
    }
    await travelTo(provider, (await contracts.ContributionReview.roundOf(BigInt(second))).revealsFrom);
    for (const validator of ACCOUNT.validators.slice(0, 2)) {
      await vote("reveal", quality, validator);
      await vote("reveal", first, validator);
      expect((await refused(["review", "reveal", second, ...chain, ...as(validator)], 64)).remedy).toContain(
        "--approve",
      );
      await vote("reveal", second, validator, "--approve", "0");
    }
    expect((await refused(["review", "resolve", first, ...chain, ...as(31)], 69)).error).toMatch(/would revert/u);
    await travelTo(provider, (await contracts.ContributionReview.roundOf(BigInt(second))).endsAt);
    const resolved = z.object({ resolved: z.boolean(), acceptedMask: z.string() });
    const resolve = (id: string) => run(["review", "resolve", id, ...chain, ...as(ACCOUNT.other)], resolved);
    expect(await resolve(first)).toEqual({ resolved: true, acceptedMask: "3" });
    // nothing is pinned or minted for a training that cannot be
    const early = [
      "train",
      "--datanet",
      "3",
      ...chain,
      "--api",
      publisher,
      "--state",
      file("early"),
      ...as(ACCOUNT.other),
    ];
    const spent = spentBy(ACCOUNT.other, async () => {
      expect((await refused(early, 64)).error).toContain("no quality set");
      expect((await refused([...early, "--datanet", "99"], 64)).value).toBe("99");
      expect((await refused([...early, "--parent", "99"], 69)).error).toMatch(/mint model would revert/u);
      expect((await refused([...early, "--parent-version", "99"], 66)).limit).toBe("1 to 2");
      expect((await refused([...early, "--model", "1"], 64)).error).toContain("no quality set");
    });
    expect(await spent).toBe(0);
    expect(await resolve(quality)).toEqual({ resolved: true, acceptedMask: "3" });
    expect(await resolve(second)).toEqual({ resolved: true, acceptedMask: "1" });
  });

  it("trains and publishes a version that the operators attest", async () => {
    const train = ["train", "--datanet", "3", "--members", "1", "--epochs", "2", "--price", "0.5", ...chain];
    const dry = await run([...train, "--provider", addressOf(ACCOUNT.provider)], plannedSchema);
    expect(dry.transactions.map(({ kind }) => kind)).toEqual(["pin snapshot", "mint model"]);
    const args = [...train, "--api", publisher, "--provider", addressOf(ACCOUNT.provider), ...as(ACCOUNT.other)];
    expect((await refused(args, 64)).remedy).toContain("--state");
    const trainer = ["--state", file("trainer")];
    const spent = spentBy(ACCOUNT.other, async () => {
      expect((await refused([...args, ...trainer, "--model", "1"], 77)).value).toContain("model 1 of");
      expect((await refused([...args, ...trainer, "--certify", "20"], 64)).remedy).toContain("--test");
    });
    expect(await spent).toBe(0);
    const version = z.object({ modelId: z.string(), versionId: z.string(), uri: z.string(), trainingRows: z.number() });
    const published = await run([...args, "--state", file("trainer")], version);
    expect(published).toMatchObject({ modelId: "3", versionId: "3" });

    const port = await findFreePort();
    const serve = openledger(["serve", "--state", file("trainer")], { OPENLEDGER_API_PORT: String(port) });
    await serve.until((output) => output.includes(String(port)));
    const cid = published.uri.replace("ipfs://", "");
    expect((await fetch(`http://127.0.0.1:${port}/ipfs/${cid}`)).status).toBe(200);
    serve.child.kill("SIGTERM");
    expect((await serve.finished).status).toBe(0);

    cpSync(file("trainer/content"), file("state/publisher/content"), { recursive: true });
    const index = z.object({
      index: z.object({ challengeEnds: z.coerce.bigint(), activated: z.boolean() }).optional(),
    });
    const attested = await until(async () => (await ask("/v1/versions/3", index)).index);
    // a version becomes active only when operators showed what their training gave
    const { commitEnds } = await contracts.TrainingFees.trainingOf(3n);
    const workIs = (done: (commitment: string, weight: bigint) => boolean) =>
      until(async () => {
        const works = OPERATOR_ACCOUNTS.map((account) => contracts.TrainingFees.workOf(3n, addressOf(account)));
        return (await Promise.all(works)).every(({ commitment, weight }) => done(commitment, weight)) || undefined;
      });
    await workIs((commitment) => commitment !== ZERO_HASH);
    await travelTo(provider, commitEnds);
    await workIs((_, weight) => weight > 0n);
    await travelTo(provider, attested.challengeEnds);
    await until(async () => (await ask("/v1/versions/3", index)).index?.activated || undefined);
  });

  it("charges nobody twice", async () => {
    const charged = z.object({ charged: z.array(z.unknown()) });
    expect((await run(["charge", "1", "--api", api, ...chain, ...as(ACCOUNT.relayer)], charged)).charged).toEqual([]);
    expect((await refused(["charge", "99", "--api", api, ...chain], 66)).value).toBeDefined();
  });

  it("pays for an answer, checks the receipt, and settles what that brings", async () => {
    const infer = ["infer", "3", "Please book me in with the doctor on Friday", "--provider", gateway, ...chain];
    const offer = await run(infer, z.object({ dryRun: z.literal(true), price: z.string() }));
    expect(offer.price).toBe(String(OPEN / 2n));
    expect((await refused([...infer, ...as(ACCOUNT.stranger)], 64)).error).toContain("too little OPEN");
    expect((await refused([...infer, "--max-price", "0.1", ...as(12)], 64)).limit).toContain("0.1 OPEN");
    expect((await refused(["infer", "3", "--provider", gateway, ...chain, ...as(12)], 64)).error).toContain("question");
    expect((await refused(["infer", "99", "hello", "--provider", gateway, ...chain], 66)).value).toBe("99");
    const answered = z.object({
      answer: z.object({ label: z.string() }),
      receipt: z.object({ paymentId: hash, fee: z.string() }),
    });
    const { answer, receipt } = await run([...infer, ...as(12)], answered);
    expect(answer.label).toMatch(/_appointment$/u);
    for (const question of ["Cancel my visit tomorrow", "I need to see somebody about my knee"]) {
      await run(["infer", "3", question, "--provider", gateway, ...chain, ...as(13)], answered);
    }

    const epoch = await contracts.EpochClock.current();
    const sweep = ["sweep", "3", ...chain];
    expect((await run(sweep, plannedSchema)).transactions).toHaveLength(1);
    expect((await refused(["sweep", "99", ...chain], 66)).value).toBe("99");
    const sweptSchema = z.object({ swept: z.array(z.object({ amount: z.coerce.bigint() })) });
    const { swept } = await run([...sweep, ...as(ACCOUNT.relayer)], sweptSchema);
    expect(swept).toEqual([{ amount: (3n * OPEN) / 2n }]);
    expect((await refused([...sweep, ...as(ACCOUNT.relayer)], 69)).error).toMatch(/would revert/u);
    await travelTo(provider, await contracts.EpochClock.endOf(epoch));
    const grace = await contracts.EpochClock.receiptsGrace();
    await until(async () => (await contracts.InferenceMarket.receiptsOf(3, epoch)).count === 3n || undefined);
    await travelTo(provider, (await contracts.EpochClock.endOf(epoch)) + grace);
    const posted = await until(async () => {
      const { rootHash, postedAt } = await contracts.RewardDistributor.pendingRoot();
      return BigInt(rootHash) === 0n ? undefined : { rootHash, postedAt };
    });

    // somebody without a stake reaches the same root
    const settle = ["settle", ...chain];
    const peers = { OPENLEDGER_PEERS: `${api},${gateway},${publisher}` };
    const settled = await openledger(["--json", ...settle], { ...peers, OPENLEDGER_STATE_DIR: file("sceptic") })
      .finished;
    expect(settled).toMatchObject({ status: 0, errors: "" });
    const own = z.object({ dryRun: z.literal(true), roots: z.array(z.object({ rootHash: z.string() })) });
    expect(own.parse(JSON.parse(settled.output)).roots.at(-1)?.rootHash).toBe(posted.rootHash);

    await travelTo(provider, posted.postedAt + (await contracts.RewardDistributor.challengeWindow()));
    await until(
      async () => (await contracts.RewardDistributor.finalizedRoot()).rootHash === posted.rootHash || undefined,
    );
    const explained = await run(["explain", receipt.paymentId, "--api", api], z.object({ modelId: z.string() }));
    expect(explained.modelId).toBe("3");
  });

  it("claims: for others in a batch, to another address, signed for somebody who sends", async () => {
    const claim = ["claim", ...chain, "--api", api];
    const [contributor, stranger] = [addressOf(ACCOUNT.contributor), addressOf(ACCOUNT.stranger)];
    expect((await refused([...claim, "0x000000000000000000000000000000000000dEaD"], 66)).value).toBeDefined();
    const dry = await run([...claim, contributor, stranger], plannedSchema);
    expect(dry.transactions.length).toBeGreaterThan(0);

    // the stranger has no ETH: it signs, and a relayer sends
    const due = z.object({ cumulative: z.coerce.bigint(), recipient: z.string() });
    const signed = await run([...claim, ...as(ACCOUNT.stranger), "--sign", file("claim.json")], due);
    expect(signed.cumulative).toBeGreaterThan(0n);
    expect((await refused([...claim, ...as(ACCOUNT.stranger)], 69)).error).toContain("too little ETH");
    const relayed = await run([...claim, "--signature", file("claim.json"), ...as(ACCOUNT.relayer)], claimedSchema);
    expect(relayed.claimed[0]).toMatchObject({ recipient: stranger.toLowerCase(), amount: signed.cumulative });
    expect(await contracts.OpenToken.balanceOf(stranger)).toBe(signed.cumulative);
    expect((await refused([...claim, "--signature", file("consent.json"), ...as(12)], 65)).error).toContain(
      "signed claim",
    );

    const before = await contracts.OpenToken.balanceOf(addressOf(ACCOUNT.third));
    const [moved] = (
      await run([...claim, ...as(ACCOUNT.contributor), "--recipient", addressOf(ACCOUNT.third)], claimedSchema)
    ).claimed;
    expect(moved!.amount).toBeGreaterThan(0n);
    expect(await contracts.OpenToken.balanceOf(addressOf(ACCOUNT.third))).toBe(before + moved!.amount);

    const nothing = await run([...claim, contributor, stranger, ...as(ACCOUNT.relayer)], claimedSchema);
    expect(nothing.claimed).toEqual([]);
  });

  it("explains and verifies", async () => {
    const account = await run(
      ["explain", addressOf(ACCOUNT.stranger), "--api", api],
      z.object({ earned: z.coerce.bigint(), entries: z.array(z.object({ contributionId: z.string() })) }),
    );
    expect(account.earned).toBeGreaterThan(0n);
    const { contributionId } = account.entries[0]!;
    const contribution = z.object({ contribution: z.object({ contributionId: z.string() }) });
    expect((await run(["explain", contributionId, "--api", api], contribution)).contribution.contributionId).toBe(
      contributionId,
    );
    const verified = z.object({ checks: z.array(z.object({ holds: z.boolean() })) });
    const { checks } = await run(["verify", "latest", "--api", api, ...chain], verified);
    expect(checks.every(({ holds }) => holds)).toBe(true);
    expect(checks.length).toBeGreaterThan(3);
  });

  it("takes a contribution back, and marks what was trained on it", async () => {
    const mine = z.object({ entries: z.array(z.object({ contributionId: z.string() })) });
    const { entries } = await run(["explain", addressOf(ACCOUNT.stranger), "--api", api], mine);
    const id = entries[0]!.contributionId;
    const revoke = ["contribute", "--revoke", id, ...chain];
    expect((await run(revoke, plannedSchema)).transactions.map(({ kind }) => kind)).toEqual(["revoke contribution"]);
    expect((await refused([...revoke, ...as(ACCOUNT.relayer)], 69)).error).toMatch(/would revert/u);
    await setEthBalance(provider, addressOf(ACCOUNT.stranger), 10n ** 18n);
    const revoked = z.object({ revokedFrom: z.string(), stale: z.array(z.string()) });
    expect((await run([...revoke, ...as(ACCOUNT.stranger)], revoked)).stale).toEqual(["3"]);
  });
});
