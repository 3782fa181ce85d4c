import { presentCaps } from "../actions/datanets.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import type { Command } from "commander";
import { formatEther } from "ethers";
import { z } from "zod";
import { connectContracts } from "../chain/contracts.ts";
import { CONTRACTS, type Deployment, readDeployment } from "../chain/deployment.ts";
import { connect, type JsonRpcProvider } from "../chain/provider.ts";
import { isLoopback } from "../chain/rpcUrls.ts";
import { loadWallet, type LocalWallet } from "../chain/wallet.ts";
import { messageOf, OpenLedgerError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import type { Config } from "../config/schema.ts";
import { runSelfTest } from "../numerics/selfTest.ts";
import { latestQuorum } from "../quorum/snapshot.ts";
import { addApiOption } from "./apiClient.ts";
import { contributedExamples } from "./contributed.ts";
import { addDataFileOptions, type DataFileOptions, describePreview, previewFile, readDataFile } from "./dataFile.ts";
import { createOutput, table } from "./output.ts";
import { parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, chainTime, configOf, withSession } from "./session.ts";
import { costOf, describeCost } from "./submit.ts";

/** What one check found. */
export interface Finding {
  readonly what: string;
  readonly state: "ok" | "warning" | "problem";
  readonly detail: string;
  readonly remedy?: string;
}

/** Something has to be put right before an operator can work. */
class CheckError extends OpenLedgerError {
  override readonly exitCode = 78;
}

const MIN_NODE = [22, 13] as const;
/** Wei of ETH below which an operator will soon be unable to post: about a hundred posts at 1 gwei. */
const LITTLE_ETH = 10n ** 16n;
/** Seconds by which this machine's clock may differ from the newest block on a public chain. */
const MAX_DRIFT = 120;

interface CheckOptions extends ChainOptions, DataFileOptions {
  readonly datanet?: bigint;
  readonly api: string;
}

/** `openledger check`: can this machine do an operator's work with this configuration? With `--file`: what would be contributed? */
export const checkCommand: AddCommand = (program) => {
  const command = addDataFileOptions(addChainOptions(program.command("check")));
  addApiOption(command)
    .description(
      "examine this machine, the configuration, the chain, the key and the peers, or a data file; changes nothing",
    )
    .option("--datanet <id>", "with --file: compare the file with this Datanet, and say what it costs", parseId)
    .action(async (options: CheckOptions) => {
      if (options.file !== undefined) {
        await checkFile(program, options, options.file);
        return;
      }
      const findings = await examine(configOf(options));
      createOutput(program.opts<{ json: boolean }>().json).result(findings, render);
      const problems = findings.filter(({ state }) => state === "problem");
      if (problems.length > 0) {
        throw new CheckError(`${problems.length} of ${findings.length} checks found a problem`, {
          value: problems.map(({ what }) => what).join(", "),
          remedy: problems[0]!.remedy ?? "See the table.",
        });
      }
    });
};

/** Shows what a file holds, and with a Datanet what of it is new there and what it costs. */
async function checkFile(program: Command, options: CheckOptions, file: string): Promise<void> {
  const loaded = readDataFile(file, options);
  const { datanet: datanetId } = options;
  if (datanetId === undefined) {
    const preview = previewFile(file, loaded, undefined);
    createOutput(program.opts<{ json: boolean }>().json).result(preview, describePreview);
    return;
  }
  await withSession(program, options, async (session) => {
    const caps = await presentCaps(session.contracts, datanetId);
    const preview = previewFile(file, loaded, await contributedExamples(session, options.api, datanetId));
    const contributions = preview.labels.length;
    session.output.result({ ...preview, contributions, cost: costOf(caps, contributions), caps }, () =>
      [describePreview(preview), describeCost(caps, contributions)].join("\n"),
    );
  });
}

/** Every check that the configuration allows, in order; a check that cannot be made is a problem too. */
export async function examine(config: Config): Promise<Finding[]> {
  const findings = [nodeVersion(process.versions.node)];
  const same = await attempt(findings, "numerics", () => Promise.resolve().then(numerics));
  if (same !== undefined) findings.push(same);
  const deployment = await attempt(findings, "deployment", () =>
    Promise.resolve(readDeployment(config.OPENLEDGER_DEPLOYMENT, config.OPENLEDGER_CHAIN_ID)),
  );
  const wallet = await attempt(findings, "key", () => loadWallet(config));
  if (wallet !== undefined) findings.push({ what: "key", state: "ok", detail: wallet.address });
  else if (!findings.some(({ what }) => what === "key"))
    findings.push({ what: "key", state: "warning", detail: "none: a dry run, nothing is signed or sent" });

  const provider = await attempt(findings, "chain", () =>
    connect(config.OPENLEDGER_RPC_URL, config.OPENLEDGER_CHAIN_ID),
  );
  if (provider !== undefined) {
    try {
      findings.push({ what: "chain", state: "ok", detail: `chain id ${config.OPENLEDGER_CHAIN_ID}` });
      findings.push(await clock(provider, config));
      if (deployment !== undefined) {
        findings.push(await code(provider, deployment));
        if (wallet !== undefined) findings.push(...(await account(provider, deployment, wallet)));
      }
    } finally {
      provider.destroy();
    }
  }
  return [
    ...findings,
    ...(await Promise.all(config.OPENLEDGER_PEERS.map((url) => peer(url, config.OPENLEDGER_CHAIN_ID)))),
  ];
}

async function attempt<T>(findings: Finding[], what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const remedy = error instanceof OpenLedgerError ? error.remedy : undefined;
    const value = error instanceof OpenLedgerError && error.value !== undefined ? ` (${toJson(error.value)})` : "";
    findings.push({
      what,
      state: "problem",
      detail: `${messageOf(error)}${value}`,
      ...(remedy === undefined ? {} : { remedy }),
    });
    return undefined;
  }
}

/** Whether the interpreter runs this source: it needs type stripping. */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  if (enough) return { what: "Node", state: "ok", detail: version };
  return { what: "Node", state: "problem", detail: version, remedy: `Use Node ${MIN_NODE.join(".")} or newer.` };
}

function numerics(): Finding {
  const cases = runSelfTest();
  const wrong = cases.filter(({ actual, expected }) => actual !== expected);
  if (wrong.length === 0)
    return {
      what: "numerics",
      state: "ok",
      detail: `${cases.length} computations give the bits of every other operator`,
    };
  return {
    what: "numerics",
    state: "problem",
    detail: `${wrong.map(({ name }) => name).join(", ")} give other bits`,
    remedy: "Do not sign on this machine: use another one, or another build of Node.",
  };
}

async function clock(provider: JsonRpcProvider, { OPENLEDGER_RPC_URL: url }: Config): Promise<Finding> {
  const drift = Math.round(Date.now() / 1_000) - Number(await chainTime(provider));
  const detail = `${drift} s ahead of the newest block`;
  if (Math.abs(drift) <= MAX_DRIFT || isLoopback(url)) return { what: "clock", state: "ok", detail };
  return {
    what: "clock",
    state: "warning",
    detail,
    remedy: "Synchronise the clock (NTP), or check that the endpoint follows its chain.",
  };
}

async function code(provider: JsonRpcProvider, { addresses }: Deployment): Promise<Finding> {
  const codes = await Promise.all(CONTRACTS.map((name) => provider.getCode(addresses[name])));
  const empty = CONTRACTS.filter((_, i) => codes[i] === "0x");
  if (empty.length === 0) return { what: "contracts", state: "ok", detail: `${CONTRACTS.length} have code` };
  return {
    what: "contracts",
    state: "problem",
    detail: `no code at ${empty.map((name) => `${name} ${addresses[name]}`).join(", ")}`,
    remedy: "The deployment is of another chain: set OPENLEDGER_DEPLOYMENT, or run npx hardhat deploy.",
  };
}

async function account(provider: JsonRpcProvider, deployment: Deployment, wallet: LocalWallet): Promise<Finding[]> {
  const { OpenToken, StakeManager } = connectContracts(deployment, provider);
  const eth = await provider.getBalance(wallet.address);
  const open = await OpenToken.balanceOf(wallet.address);
  const balances = `${formatEther(eth)} ETH, ${formatOpen(open)} OPEN`;
  const balance: Finding =
    eth >= LITTLE_ETH
      ? { what: "balance", state: "ok", detail: balances }
      : { what: "balance", state: "warning", detail: balances, remedy: "Send ETH for gas to the account." };
  const quorum = await latestQuorum(StakeManager).catch(() => undefined);
  const place = quorum?.members.findIndex(({ signer }) => signer === wallet.address.toLowerCase()) ?? -1;
  const seat: Finding =
    place >= 0
      ? { what: "quorum", state: "ok", detail: `member ${place} of ${quorum!.members.length}` }
      : {
          what: "quorum",
          state: "warning",
          detail: "this key is no member of the latest quorum",
          remedy: "Register and stake as oracle operator; the next snapshot includes it once the stake is active.",
        };
  return [balance, seat];
}

const statusSchema = z.object({ chainId: z.number(), head: z.object({ number: z.number() }).optional() });

async function peer(url: string, ownChain: number): Promise<Finding> {
  const what = `peer ${url}`;
  try {
    const response = await fetch(new URL("/v1/status", url), { signal: AbortSignal.timeout(5_000) });
    // a content provider has no status
    if (response.status === 404) return { what, state: "ok", detail: "answers" };
    const { chainId, head } = statusSchema.parse(await response.json());
    if (chainId !== ownChain) {
      const remedy = "Correct OPENLEDGER_PEERS: its signatures are worth nothing here.";
      return { what, state: "problem", detail: `works on chain ${chainId}, not on ${ownChain}`, remedy };
    }
    return { what, state: "ok", detail: `at block ${head?.number ?? 0}` };
  } catch (error) {
    return {
      what,
      state: "warning",
      detail: messageOf(error),
      remedy: "Ask its operator, or correct OPENLEDGER_PEERS.",
    };
  }
}

function render(findings: readonly Finding[]): string {
  return table(findings, [
    { title: "", value: ({ state }) => state },
    { title: "what", value: ({ what }) => what },
    { title: "found", value: ({ detail }) => detail },
    { title: "remedy", value: ({ remedy }) => remedy ?? "" },
  ]);
}
