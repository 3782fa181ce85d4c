import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import { toQuantity } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Contracts, connectContracts } from "../../oracle/chain/contracts.ts";
import { type Deployment, readDeployment } from "../../oracle/chain/deployment.ts";
import { travelTo } from "../../oracle/chain/localNode.ts";
import { anvilIsMissing } from "../../oracle/chain/opNode.ts";
import { connect, type JsonRpcProvider } from "../../oracle/chain/provider.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { poll } from "../../oracle/common/retry.ts";
import { delegationTo } from "../../oracle/gas/delegation.ts";
import { expectFees } from "./opChain.ts";
import { economySchema, openledger, type Run } from "./startUp.ts";

const CHAIN_ID = 31_337;
const MODEL = 1n;
/** Consumers of the economy's cast, and where its contributors begin. */
const [CONSUMER, BUNDLER, CREATOR, CONTRIBUTORS] = [12, 13, 14, 30];
/** What a public OP chain has, in wei: one that has just begun would take more than a small reward. */
const BASE_FEE = 10n ** 6n;
const as = (account: number) => ["--dev-account", `${account}`];
/** Days of as many questions: what they earn pays a claim and a contribution. */
const WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const resultSchema = economySchema.extend({
  contributors: z.array(z.object({ account: z.string(), datanet: z.string(), earned: z.coerce.bigint() })),
});
const claimedSchema = z.object({ claimed: z.array(z.object({ amount: z.coerce.bigint(), transaction: z.string() })) });
const missing = anvilIsMissing();
if (missing !== undefined) process.stderr.write(`the economy runs on Hardhat's simulated chain alone: ${missing}\n`);

/** The chains that `npm start` runs on. */
const CHAINS = [
  { name: "Hardhat's simulated chain", options: [], takesAuthorizations: false },
  ...(missing === undefined ? [{ name: "anvil in OP mode", options: ["--anvil"], takesAuthorizations: true }] : []),
];

describe.each(CHAINS)("an economy on $name", ({ options, takesAuthorizations }) => {
  let directory: string;
  let up: Run;
  let bundler: Run;
  let api: string;
  let chain: string[];
  let provider: JsonRpcProvider;
  let deployment: Deployment;
  let contracts: Contracts;
  let bundlerUrl: string;
  /** Place among the contributors of who earned most by the first model. */
  let best: number;
  /** A new key of its own, with 0 ETH and 0 OPEN. */
  let key: string[];
  let account: string;
  const file = (name: string) => join(directory, name);

  /** Runs a command that must succeed, and returns what it prints. */
  async function run<S extends z.ZodType>(args: readonly string[], schema: S): Promise<z.output<S>> {
    const { status, output, errors } = await openledger(["--json", ...args]).finished;
    expect({ args, status, errors }).toEqual({ args, status: 0, errors: "" });
    return schema.parse(JSON.parse(output));
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "openledger-op-economy-"));
    const [port, apiPort] = [await findFreePort(), await findFreePort()];
    const economy = ["--json", "up", ...options, "--inferences", "60", "--members", "1", "--state", file("state")];
    up = openledger([...economy, "--port", `${port}`, "--api-port", `${apiPort}`]);
    const result = resultSchema.parse(JSON.parse(await up.until((output) => output.endsWith("}\n"))));
    expect(result.books).toMatchObject({ balanced: true, dust: "0" });
    const ofModel = result.contributors.filter(({ datanet }) => datanet === result.contributors[0]!.datanet);
    const [most] = ofModel.toSorted((a, b) => Number(b.earned - a.earned));
    best = 0;
    while (developmentWallet(CONTRIBUTORS + best).address !== most!.account) best++;
    api = `http://127.0.0.1:${apiPort}`;
    const rpc = `http://127.0.0.1:${port}`;
    chain = ["--rpc", rpc, "--deployment", `local-up-${port}`];
    provider = await connect(rpc, CHAIN_ID);
    deployment = readDeployment(`local-up-${port}`, CHAIN_ID);
    contracts = connectContracts(deployment, provider);
    bundler = openledger(["--json", "bundler", "--port", `${await findFreePort()}`, ...chain, ...as(BUNDLER)]);
    bundlerUrl = (JSON.parse(await bundler.until((text) => text.endsWith("}\n"))) as { url: string }).url;
    writeFileSync(file("password"), "a password\n");
    key = ["--keystore", file("key.json"), "--password-file", file("password")];
    const made = await run(["key", "new", file("key.json"), ...key.slice(2)], z.object({ address: z.string() }));
    account = made.address;
  });

  afterAll(async () => {
    provider?.destroy();
    for (const child of [bundler, up]) {
      child?.child.kill("SIGTERM");
      await child?.finished;
    }
    rmSync(directory, { recursive: true, force: true });
  });

  it.runIf(takesAuthorizations)("has paid for every transaction what the formulas say, to the wei", async () => {
    expect(await expectFees(provider, ENTRY_POINT)).toBeGreaterThan(300);
  });

  it("lets a wallet with 0 ETH and 0 OPEN claim what it earned, and pays the gas out of it", async () => {
    await giveContributions();
    const { EpochClock } = contracts;
    // an epoch pays who owned before it began
    await travelTo(provider, await EpochClock.endOf(await EpochClock.current()));
    for (const day of WEEK) {
      const question = `Please book me in with the doctor on ${day}`;
      const infer = ["infer", `${MODEL}`, question, "--provider", `http://127.0.0.1:${Number(new URL(api).port) + 3}`];
      await run([...infer, ...chain, ...as(CONSUMER)], z.object({ answer: z.object({ label: z.string() }) }));
    }
    await settleEpoch();
    await provider.send("hardhat_setNextBlockBaseFeePerGas", [toQuantity(BASE_FEE)]);
    expect(await provider.getBalance(account)).toBe(0n);
    expect(await contracts.OpenToken.balanceOf(account)).toBe(0n);

    const claim = ["claim", ...chain, "--api", api, ...key, "--gas-in-open", bundlerUrl];
    const { claimed } = await run(claim, claimedSchema);
    const [{ amount, transaction }] = claimed as [(typeof claimed)[number]];
    expect(await contracts.RewardDistributor.claimedBy(account)).toBe(amount);
    const kept = await contracts.OpenToken.balanceOf(account);
    expect(kept).toBeGreaterThan(0n);
    expect(kept).toBeLessThan(amount);
    expect(await provider.getBalance(account)).toBe(0n);
    expect(await provider.getCode(account)).toBe(delegationTo(deployment.addresses.OpenAccount));
    const { type } = (await provider.send("eth_getTransactionByHash", [transaction])) as { type: string };
    expect(Number(type)).toBe(takesAuthorizations ? 4 : 2);
  });

  it("lets it register data without ETH, its gas paid out of what is left", async () => {
    const free = ["--bond", "0", "--review-fee", "0"];
    const made = await run(
      ["datanet", "create", "notes", ...free, ...chain, ...as(CREATOR)],
      z.object({ datanetId: z.string() }),
    );
    writeFileSync(
      file("notes.md"),
      "# Notes\n\nWhat a clinic writes down about a patient who has a cough and no fever.\n",
    );
    const words = ["--datanet", made.datanetId, "--documents", "--file", file("notes.md"), "--yes"];
    const before = await contracts.ContributionRegistry.count();
    const held = await contracts.OpenToken.balanceOf(account);
    const state = ["--state", file("own")];
    await run(
      ["contribute", ...words, ...state, ...chain, ...key, "--gas-in-open", bundlerUrl],
      z.object({ submitted: z.array(z.unknown()).length(1) }),
    );
    expect(await contracts.ContributionRegistry.count()).toBe(before + 1n);
    expect(await contracts.OpenToken.balanceOf(account)).toBeLessThan(held);
    expect(await provider.getBalance(account)).toBe(0n);
  });

  /** The account becomes the owner of all that the best contributor to the first Datanet has given. */
  async function giveContributions(): Promise<void> {
    const owner = developmentWallet(CONTRIBUTORS + best).connect(provider);
    const { ContributionRegistry } = connectContracts(deployment, owner);
    const count = await ContributionRegistry.count();
    let given = 0;
    for (let id = 1n; id <= count; id++) {
      if ((await ContributionRegistry.ownerOf(id)) !== owner.address) continue;
      await (await ContributionRegistry.transferFrom(owner.address, account, id)).wait();
      given++;
    }
    expect(given).toBeGreaterThan(0);
  }

  /** Ends the epoch of what was just sold, until its root is final. */
  async function settleEpoch(): Promise<void> {
    const { EpochClock, InferenceMarket, RewardDistributor } = contracts;
    const until = <T>(ready: () => Promise<T | undefined>) => poll(ready, { intervalMs: 300 });
    const epoch = await EpochClock.current();
    await run(["sweep", `${MODEL}`, ...chain, ...as(CREATOR)], z.object({ swept: z.array(z.unknown()).length(1) }));
    const ends = await EpochClock.endOf(epoch);
    await travelTo(provider, ends);
    await until(async () => (await InferenceMarket.receiptsOf(MODEL, epoch)).count > 0n || undefined);
    await travelTo(provider, ends + (await EpochClock.receiptsGrace()));
    const { postedAt } = await until(async () => {
      const pending = await RewardDistributor.pendingRoot();
      return BigInt(pending.rootHash) === 0n ? undefined : pending;
    });
    await travelTo(provider, postedAt + (await RewardDistributor.challengeWindow()));
    await until(async () => (await RewardDistributor.finalizedRoot()).lastEpoch >= epoch || undefined);
  }
});
