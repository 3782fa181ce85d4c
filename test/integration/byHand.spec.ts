import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cidOfDigest } from "@openledger/protocol/cid.ts";
import { asHash } from "@openledger/protocol/hex.ts";
import { OPEN } from "@openledger/protocol/units.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDeployment } from "../../oracle/chain/deployment.ts";
import { startLocalNode } from "../../oracle/chain/localNode.ts";
import { deploy } from "../../oracle/economy/chain/deploy.ts";
import { putBase } from "../../oracle/jobs/bases/baseFiles.ts";
import { rememberBase } from "../../oracle/jobs/bases/baseList.ts";
import { createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import { importBert } from "../../oracle/model/bert/importBert.ts";
import { tinyBertFiles } from "../../oracle/model/bert/testing/tinyBert.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { addressOf, as, CHAIN_ID, type DeployedChain, runCommand, startDeployedChain } from "./deployedChain.ts";

const [FIRST, SECOND, STRANGER] = [5, 6, 40];

let chain: DeployedChain;
let node: DeployedChain["node"];
let contracts: DeployedChain["contracts"];

const run = (...words: string[]) => chain.run(...words);

beforeAll(async () => {
  chain = await startDeployedChain("by-hand");
  ({ node, contracts } = chain);
});

afterAll(() => chain.close());

describe("a deployment that was made before", () => {
  it("is made again without the task that made it, at the same addresses", async () => {
    const port = await findFreePort();
    const again = await startLocalNode(port, CHAIN_ID, join(chain.directory, "again.log"));
    const name = `local-again-${port}`;
    const log = join(chain.directory, "again-deploy.log");
    try {
      await deploy(again.url, name, log, new AbortController().signal);
      // the task writes what it does
      expect(existsSync(log)).toBe(false);
      const { addresses } = readDeployment(name, CHAIN_ID);
      expect(addresses).toEqual(chain.deployment.addresses);
      for (const address of Object.values(addresses)) {
        expect(await again.provider.getCode(address)).toBe(await node.provider.getCode(address));
        expect(await again.provider.getCode(address)).not.toBe("0x");
      }
    } finally {
      again.provider.destroy();
      await again.child.stop();
      rmSync(join("deploy", "deployments", name), { recursive: true, force: true });
    }
  });
});

describe("a key of one's own", () => {
  it("is made once, gets money from the faucet, and sends OPEN", async () => {
    const [keystore, password] = [join(chain.directory, "own.json"), join(chain.directory, "password")];
    writeFileSync(password, "correct horse\n");
    const make = ["key", "new", keystore, "--password-file", password];
    const { status, result } = await runCommand(make);
    expect(status).toBe(0);
    const address = String(result["address"]);
    expect((await runCommand(make)).status).toBe(74);
    expect((await runCommand(["key", "new", join(chain.directory, "other.json")])).status).toBe(77);
    expect(statSync(keystore).mode & 0o777).toBe(0o600);

    const key = ["--keystore", keystore, "--password-file", password];
    expect((await run("send", "1", addressOf(STRANGER), ...key)).result).toMatchObject({
      error: "the account has too little OPEN",
    });
    expect((await run("faucet", "--open", "50", ...key)).status).toBe(0);
    expect((await run("send", "20.5", addressOf(STRANGER), ...key)).status).toBe(0);
    expect(await contracts.OpenToken.balanceOf(address)).toBe((295n * OPEN) / 10n);
    expect(await contracts.OpenToken.balanceOf(addressOf(STRANGER))).toBe((205n * OPEN) / 10n);
    expect(await node.provider.getBalance(address)).toBeGreaterThan(9n * 10n ** 18n);
  });
});

describe("an operator's stake", () => {
  it("is put in, counts from the next snapshot on, and comes back after the unbonding period", async () => {
    for (const account of [FIRST, SECOND]) {
      expect((await run("faucet", addressOf(account))).status).toBe(0);
      expect((await run("operator", "stake", "2000", ...as(account))).status).toBe(66);
      expect((await run("operator", "register", "--commission", "2.5", ...as(account))).status).toBe(0);
      expect((await run("operator", "stake", "2000", ...as(account))).status).toBe(0);
    }
    expect((await run("operator", "register", ...as(FIRST))).result).toMatchObject({
      error: "the account is registered in this role",
    });
    expect((await run("operator", "status", ...as(FIRST))).result).toMatchObject({
      roles: [{ role: "oracle", commissionBps: "250", stake: `${2_000n * OPEN}`, weight: "0", seated: true }],
    });

    expect((await run("faucet", addressOf(STRANGER))).status).toBe(0);
    expect((await run("time", "--forward", "2h")).status).toBe(0);
    expect((await run("operator", "snapshot", ...as(STRANGER))).result).toMatchObject({ snapshotId: "1", members: 2 });
    const { result } = await run("operator", "status", addressOf(FIRST));
    expect(result["snapshot"]).toEqual({ snapshotId: "1", members: 2, isMember: true, expired: false });

    expect((await run("operator", "unbond", "2001", ...as(FIRST))).status).toBe(64);
    const unbonded = await run("operator", "unbond", "500", ...as(FIRST));
    const ticket = String(unbonded.result["ticketId"]);
    expect((await run("operator", "withdraw", ticket, ...as(FIRST))).result).toMatchObject({
      error: "the stake is still bound",
    });
    expect((await run("time", "--forward", "28d")).status).toBe(0);
    // nobody paid for an answer meanwhile
    expect((await run("operator", "claim", ...as(FIRST))).result).toMatchObject({ assets: "0" });
    expect((await run("operator", "withdraw", ticket, ...as(FIRST))).result).toMatchObject({
      assets: `${500n * OPEN}`,
    });
    expect((await run("operator", "withdraw", ticket, ...as(FIRST))).status).toBe(66);
  });

  it("is signed for by one key, which no other operator has", async () => {
    const agree = async (signer: number, operator: number) =>
      String((await run("operator", "agree", addressOf(operator), ...as(signer))).result["agreement"]);
    expect((await run("operator", "rotate", addressOf(41), ...as(FIRST))).status).toBe(64);
    expect((await run("operator", "rotate", await agree(SECOND, FIRST), ...as(FIRST))).status).toBe(64);
    // an agreement with somebody else
    expect((await run("operator", "rotate", await agree(41, SECOND), ...as(FIRST))).status).toBe(69);
    expect((await run("operator", "rotate", await agree(41, FIRST), ...as(FIRST))).status).toBe(0);
    expect((await contracts.StakeManager.poolOf(0, addressOf(FIRST))).signer).toBe(addressOf(41));
    expect((await run("operator", "rotate", await agree(42, STRANGER), ...as(STRANGER))).status).toBe(66);
  });
});

describe("what is posted", () => {
  it("is disputed while it is pending alone, and a demand is ended after its time", async () => {
    const hash = `0x${"ab".repeat(32)}`;
    const refusals: [status: number, ...words: string[]][] = [
      [66, "check", "pending"],
      [66, "check", hash],
      [64, "check", "something"],
      [66, "root", ...as(FIRST)],
      [64, "root", "7", ...as(FIRST)],
      [64, "index", "latest", ...as(FIRST)],
      [69, "index", "7", ...as(FIRST)],
      [64, "end", "0x12", ...as(FIRST)],
      [66, "end", hash, ...as(FIRST)],
    ];
    for (const [status, ...words] of refusals) {
      expect((await run("dispute", ...words)).status, words.join(" ")).toBe(status);
    }
  });
});

describe("a Datanet", () => {
  it("is changed by its owner alone, and what is not named stays", async () => {
    expect((await run("datanet", "create", "letters", "--bond", "3", ...as(FIRST))).status).toBe(0);
    const update = ["datanet", "update", "1", "--review-fee", "0.25", "--uri", "ipfs://letters"];
    expect((await run(...update, ...as(SECOND))).status).toBe(77);
    expect((await run(...update, ...as(FIRST))).status).toBe(0);
    const { bond, reviewFee } = await contracts.DatanetRegistry.termsOf(1n);
    expect({ bond, reviewFee }).toEqual({ bond: 3n * OPEN, reviewFee: OPEN / 4n });
    expect((await run("datanet", "update", "1", ...as(FIRST))).status).toBe(64);
    expect((await run("datanet", "update", "9", "--votes", "3", ...as(FIRST))).result).toMatchObject({
      error: "there is no such Datanet",
    });
  });

  it("gets validators after its creation", async () => {
    const add = ["datanet", "validators", "1", "--add", addressOf(SECOND)];
    expect((await run(...add, ...as(FIRST))).status).toBe(0);
    expect(await contracts.DatanetRegistry.isValidator(1n, addressOf(SECOND))).toBe(true);
    expect((await run(...add, ...as(FIRST))).status).toBe(64);
    expect((await run("datanet", "validators", "1", "--remove", addressOf(SECOND), ...as(FIRST))).status).toBe(0);
    expect(await contracts.DatanetRegistry.isValidator(1n, addressOf(SECOND))).toBe(false);
  });
});

describe("a model", () => {
  it("gets another price, provider and description from its owner", async () => {
    expect((await run("model", "price", "1", "2", ...as(FIRST))).status).toBe(66);
    const { ModelRegistry } = chain.contractsOf(FIRST);
    const terms = { parents: [], provider: addressOf(SECOND), price: OPEN, base: false };
    await (await ModelRegistry.mint(terms, "")).wait();

    expect((await run("model", "price", "1", "2", ...as(STRANGER))).status).toBe(77);
    expect((await run("model", "price", "1", "2", ...as(FIRST))).status).toBe(0);
    expect((await run("model", "provider", "1", addressOf(FIRST), ...as(FIRST))).status).toBe(0);
    expect((await run("model", "uri", "1", "ipfs://model", ...as(FIRST))).status).toBe(0);
    expect((await contracts.ModelRegistry.modelOf(1n)).price).toBe(2n * OPEN);
  });

  it("is sent nothing without a key: a dry run shows the calls", async () => {
    const { status, result } = await run("model", "price", "1", "7");
    expect(status).toBe(0);
    expect(result).toMatchObject({ dryRun: true, transactions: [{ call: "ModelRegistry.setPrice" }] });
  });
});

describe("the chain's clock", () => {
  it("goes to the end of the epoch", async () => {
    const before = await contracts.EpochClock.current();
    expect((await run("time", "--forward", "epoch")).result).toMatchObject({ epoch: `${before + 1n}` });
    expect((await run("time", "--forward", "tomorrow")).status).toBe(64);
  });
});

describe("a base", () => {
  it("is registered as a version without data, by the hash of its files, and nothing is escrowed", async () => {
    const state = ["--state", chain.directory];
    expect((await run("base", "publish", "tiny", ...state, ...as(FIRST))).status).toBe(66);
    const content = createContentFiles(join(chain.directory, "content"), []);
    const base = await putBase(content, importBert(tinyBertFiles(1)));
    rememberBase(chain.directory, { name: "tiny", base, source: "a test", license: "MIT" });
    const { status, result } = await run("base", "publish", "tiny", ...state, ...as(FIRST));
    expect(status).toBe(0);
    const versionId = BigInt(String(result["versionId"]));
    const { weightsHash, snapshotIds } = await contracts.ModelRegistry.versionOf(versionId);
    expect(cidOfDigest(asHash(weightsHash))).toBe(base);
    expect(snapshotIds).toHaveLength(0);
    expect((await contracts.ModelRegistry.modelOf(BigInt(String(result["modelId"])))).base).toBe(true);
  });
});
