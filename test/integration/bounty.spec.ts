import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { asAddress, asHash, type Address } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { memberOf } from "@openledger/protocol/quorum/members.ts";
import { packQuorumProof } from "@openledger/protocol/quorum/proof.ts";
import { OPEN } from "@openledger/protocol/units.ts";
import { AbiCoder, keccak256 } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEME_IDS } from "../../deploy/scheme.ts";
import { contentRoutes } from "../../oracle/api/routes/content.ts";
import { contributionRoutes } from "../../oracle/api/routes/contributions.ts";
import { modelRoutes } from "../../oracle/api/routes/models.ts";
import { type RunningApi, startApi } from "../../oracle/api/server.ts";
import { travelTo } from "../../oracle/chain/localNode.ts";
import { developmentWallet } from "../../oracle/chain/wallet.ts";
import { createLogger } from "../../oracle/common/logger.ts";
import { createShutdown } from "../../oracle/common/shutdown.ts";
import { loadConfig } from "../../oracle/config/load.ts";
import { type ContentFiles, createContentFiles } from "../../oracle/jobs/contentFiles.ts";
import type { Context } from "../../oracle/jobs/context.ts";
import { putIndex } from "../../oracle/jobs/indexFiles.ts";
import { openContext } from "../../oracle/jobs/openContext.ts";
import { createSettledRoots } from "../../oracle/jobs/settledRoots.ts";
import { scanStage } from "../../oracle/jobs/stages/scan.ts";
import { indexTreesOf } from "../../oracle/settlement/indexTrees.ts";
import { addressOf, as, CHAIN_ID, DAY, type DeployedChain, startDeployedChain } from "./deployedChain.ts";

const [FUNDER, ALICE, BOB, CAROL, VALIDATOR, STRANGER] = [5, 6, 7, 8, 9, 13];
const OPERATORS = [10, 11, 12];
const LABEL = "lost_card";
const K = 32;

let chain: DeployedChain;
/** The operator whose read API the commands ask. */
let context: Context;
let content: ContentFiles;
let api: RunningApi;
const shutdown = createShutdown();

const silent = createLogger({ level: "silent" });
const scan = () => scanStage(context).run("chain");

async function done(...words: string[]): Promise<Record<string, unknown>> {
  const { status, result } = await chain.run(...words);
  expect({ words, status, result }).toMatchObject({ status: 0 });
  return result;
}

/** Registers one contribution for each label by `contribute`, and has the Datanet's validator accept it. @returns the last one's id */
async function contribute(account: number, ...labels: string[]): Promise<bigint> {
  const file = join(chain.directory, `rows-${account}.jsonl`);
  const rows = labels.flatMap((label) => [0, 1].map((row) => ({ text: `row ${row} of ${account}: ${label}`, label })));
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const files = ["--datanet", "1", "--file", file, "--state", chain.directory, "--api", api.url];
  const { submitted } = await done("contribute", ...files, "--yes", ...as(account));
  const submission = (submitted as { submissionId: string }[])[0]!.submissionId;
  await done("review", "commit", submission, "--approve", "all", ...as(VALIDATOR));
  await chain.later(3_600n);
  await done("review", "reveal", submission, ...as(VALIDATOR));
  await chain.later(3_600n);
  await done("review", "resolve", submission, ...as(STRANGER));
  return chain.contracts.ContributionRegistry.count();
}

/** An operator says that it has trained a version again, so that the training is paid for. */
async function trainAgain(versionId: bigint): Promise<void> {
  const [operator] = OPERATORS;
  const { TrainingFees, StakeManager } = chain.contractsOf(operator!);
  const [digest, salt, account] = [keccakText("digest"), keccakText("salt"), addressOf(operator!)];
  const committed = AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes32", "address"], [digest, salt, account]);
  await (await TrainingFees.commit(versionId, keccak256(committed))).wait();
  const { snapshotId, commitEnds } = await TrainingFees.trainingOf(versionId);
  await travelTo(chain.node.provider, commitEnds);
  const { members } = await StakeManager.quorumOf(snapshotId);
  const operators = await Promise.all(members.map((_, place) => StakeManager.operatorAt(snapshotId, place)));
  await (await TrainingFees.reveal(versionId, operators.indexOf(account), digest, salt)).wait();
}

/** Publishes a version of model 1 on what was contributed; its index, by which each contribution helps so much, is attested and activated. */
async function activate(qualities: readonly number[]): Promise<void> {
  const { ModelRegistry, TrainingFees, OpenToken } = chain.contractsOf(FUNDER);
  const { IndexRegistry, StakeManager } = chain.contracts;
  await done("operator", "snapshot", ...as(OPERATORS[0]!));
  await (await ModelRegistry.pinSnapshot(1n)).wait();
  const size = { rows: 8n, parameters: 10n, epochs: 2n, members: 1n };
  const fee = await TrainingFees.feeOf(size);
  await (await OpenToken.approve(chain.deployment.addresses.TrainingFees, fee)).wait();
  const hash = keccakText("weights");
  const snapshotIds = [await ModelRegistry.snapshotCount()];
  const artefacts = { weightsHash: hash, recipeHash: hash, schemeId: SCHEME_IDS[0], snapshotIds, size, uri: "" };
  await (await ModelRegistry.publishVersion(1n, artefacts, fee)).wait();
  const versionId = await ModelRegistry.versionCount();
  await trainAgain(versionId);

  const features = new Int8Array(qualities.length * K);
  qualities.forEach((quality, i) => (features[i * K] = quality));
  const quality = Int16Array.from({ length: K }, (_, i) => (i === 0 ? 1 : 0));
  const rows = qualities.map((help, i) => ({
    contributionId: BigInt(i + 1),
    examples: 2,
    scale: 2,
    quality: BigInt(2 * help),
  }));
  const index = {
    versionId,
    k: K,
    features,
    rows,
    parts: [{ datanetId: 1n, size: rows.length, quality, harmful: [] }],
  };
  const { cid, bundleHash } = await putIndex(content, index);
  const { hash: partsHash, parts } = indexTreesOf(index);
  const attestation = { versionId, partsHash, size: rows.length, k: K, certificateBps: 9_000, bundleHash };
  const snapshotId = await StakeManager.latestSnapshot();
  const digest = asHash(await IndexRegistry.attestationDigest(attestation, snapshotId));
  const { members, denominator } = await StakeManager.quorumOf(snapshotId);
  const signatures = new Map<Address, string>(
    OPERATORS.map((operator) => [
      asAddress(addressOf(operator)),
      developmentWallet(operator).signingKey.sign(digest).serialized,
    ]),
  );
  const proof = packQuorumProof({ snapshotId, members: members.map(memberOf), denominator }, signatures);
  const registry = chain.contractsOf(OPERATORS[0]!).IndexRegistry;
  await (await registry.attest(attestation, [...parts], proof)).wait();
  await chain.later(DAY);
  await (await registry.activate(versionId)).wait();

  await scan();
  const { certificateBps, k } = attestation;
  const stored = { partsHash, parts, size: rows.length, k, certificateBps, bundleHash, index: cid, projections: cid };
  await context.results.write("index", `${versionId}`, stored, await context.results.fork());
}

beforeAll(async () => {
  chain = await startDeployedChain("bounty");
  content = createContentFiles(join(chain.directory, "content"), []);
  const config = loadConfig({
    OPENLEDGER_RPC_URL: chain.node.url,
    OPENLEDGER_CHAIN_ID: `${CHAIN_ID}`,
    OPENLEDGER_DEPLOYMENT: chain.deploymentId,
    OPENLEDGER_CONFIRMATIONS: "0",
  });
  ({ context } = await openContext(config, silent, shutdown));
  api = await startApi({
    title: "operator",
    host: "127.0.0.1",
    port: 0,
    log: silent,
    metrics: context.metrics,
    routes: [
      contentRoutes(content),
      contributionRoutes(context.view, createSettledRoots(context)),
      modelRoutes(context),
    ],
  });
  shutdown.onClose("API", () => api.close());

  for (const account of [FUNDER, ALICE, BOB, CAROL, VALIDATOR, STRANGER, ...OPERATORS])
    await done("faucet", "--open", "10000", ...as(account));
  for (const [account, role] of [
    ...OPERATORS.map((operator) => [operator, "oracle"] as const),
    [VALIDATOR, "validator"],
  ] as const) {
    await done("operator", "register", "--role", role, ...as(account));
    await done("operator", "stake", "5000", "--role", role, ...as(account));
  }
  await done("datanet", "create", "Cards", "--votes", "1", ...as(FUNDER));
  await done("datanet", "validators", "1", "--add", addressOf(VALIDATOR), ...as(FUNDER));
  const { ModelRegistry } = chain.contractsOf(FUNDER);
  await (await ModelRegistry.mint({ parents: [], provider: addressOf(FUNDER), price: OPEN, base: false }, "")).wait();
});

afterAll(async () => {
  await shutdown.close();
  await chain.close();
});

describe("openledger bounty", () => {
  it("pays what came, has the label and helps, whoever sends the commands, and the funder the rest", async () => {
    // before the bounty: it is there to be paid for by nobody
    expect(await contribute(ALICE, LABEL)).toBe(1n);
    const wish = ["1", "1000", "--model", "1", "--label", LABEL, "--target", "50", "--period-days", "1"];
    await done("bounty", "create", ...wish, "--days", "1", "--training-days", "30", ...as(FUNDER));
    expect(await contribute(ALICE, LABEL)).toBe(2n);
    // of two labels, so two contributions
    expect(await contribute(BOB, "late_card", LABEL)).toBe(4n);
    expect(await contribute(CAROL, LABEL)).toBe(5n);
    await chain.later(DAY);
    await done("bounty", "close", "1", ...as(STRANGER));
    // which one Bob's other label is, the order of his contributions says
    await activate([40, 20, 20, 20, -20]);
    expect(await done("bounty", "show", "1")).toMatchObject({ state: "waits for its judge", judge: "1" });

    const enter = (...words: string[]) =>
      chain.run("bounty", "enter", "1", "--api", api.url, ...words, ...as(STRANGER));
    const refute = (id: bigint) => chain.run("bounty", "refute", "1", `${id}`, "--api", api.url, ...as(STRANGER));
    const claim = (...words: string[]) => chain.run("bounty", "claim", "1", ...words, ...as(STRANGER));
    for (const [words, why] of [
      [["--contribution", "1"], "there before"],
      [["--contribution", "5"], "of no help"],
      [["--contribution", "9"], "not in the index"],
    ] as const) {
      expect((await enter(...words)).status, why).toBe(64);
    }
    expect((await enter()).result).toMatchObject({
      versionId: "1",
      entered: [
        { contributionId: "2", quality: "40" },
        { contributionId: "4", quality: "40" },
      ],
    });
    expect((await enter()).status).toBe(64);
    // somebody enters what has another label
    expect((await enter("--contribution", "3")).status).toBe(0);
    expect((await refute(2n)).result).toMatchObject({ error: "every example has the label of the bounty" });
    expect((await refute(5n)).status).toBe(64);
    expect((await claim()).status).toBe(75);
    expect((await refute(3n)).status).toBe(0);
    expect((await refute(3n)).status).toBe(64);
    // entered once more, it goes out by the same example
    expect((await enter("--contribution", "3")).status).toBe(0);
    expect((await refute(3n)).status).toBe(0);
    expect((await done("bounty", "show", "1"))["entries"]).toMatchObject([
      { contributionId: "2" },
      { contributionId: "4" },
    ]);

    await chain.later(2n * DAY);
    expect((await enter()).status).toBe(64);
    const held = async () =>
      Promise.all(
        [FUNDER, ALICE, BOB, CAROL].map((account) => chain.contracts.OpenToken.balanceOf(addressOf(account))),
      );
    const before = await held();
    // 80 of the 100 that half of all 200 would be: two halves of 800 OPEN
    expect((await claim()).result).toMatchObject({
      paid: [
        { contributionId: "2", to: addressOf(ALICE), amount: `${400n * OPEN}` },
        { contributionId: "4", to: addressOf(BOB), amount: `${400n * OPEN}` },
      ],
    });
    const got = (await held()).map((now, i) => now - before[i]!);
    expect(got).toEqual([200n * OPEN, 400n * OPEN, 400n * OPEN, 0n]);
    expect((await claim()).status).toBe(64);
    expect(await chain.contracts.OpenToken.balanceOf(chain.deployment.addresses.DataBounties)).toBe(0n);
    expect(await done("bounty", "show", "1")).toMatchObject({ state: "paid", entries: [] });
  });
});
