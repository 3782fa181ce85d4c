import { type Command, Option } from "commander";
import { type Call, encodeCall } from "../actions/call.ts";
import { blockTime } from "../chain/blockTime.ts";
import { connectContracts, type Contracts } from "../chain/contracts.ts";
import { type ContractName, type Deployment, readDeployment } from "../chain/deployment.ts";
import { connect, type JsonRpcProvider } from "../chain/provider.ts";
import { createSender, type MinedTransaction } from "../chain/send.ts";
import { toChainError } from "../chain/revert.ts";
import { createTransientMemory } from "../chain/transientMemory.ts";
import { loadWallet, type LocalWallet } from "../chain/wallet.ts";
import { AccessError, type ChainError, InputError } from "../common/errors.ts";
import { loadConfig } from "../config/load.ts";
import type { Config, SettingName } from "../config/schema.ts";
import { createBundlerClient } from "../gas/bundlerClient.ts";
import { createGaslessSender } from "../gas/gaslessSender.ts";
import { parseUrl } from "./apiClient.ts";
import { createOutput, type Output } from "./output.ts";
import { parseDirectory } from "./parse.ts";

export const WEI_PER_GWEI = 10 ** 9;

/** The settings that every command which talks to the chain also takes as options. */
const OPTIONS = {
  rpc: "OPENLEDGER_RPC_URL",
  chainId: "OPENLEDGER_CHAIN_ID",
  deployment: "OPENLEDGER_DEPLOYMENT",
  keystore: "OPENLEDGER_KEYSTORE",
  passwordFile: "OPENLEDGER_PASSWORD_FILE",
  devAccount: "OPENLEDGER_DEV_ACCOUNT",
  state: "OPENLEDGER_STATE_DIR",
} as const satisfies Record<string, SettingName | "OPENLEDGER_PASSWORD_FILE">;

export type ChainOptions = { readonly [Name in keyof typeof OPTIONS]?: string } & {
  /** Where a bundler answers; without one gas is paid in ETH. */
  readonly gasInOpen?: string;
};

const CHAIN_OPTIONS = [
  ["--rpc <urls>", "JSON-RPC endpoints, comma-separated (OPENLEDGER_RPC_URL)"],
  ["--chain-id <id>", "chain id that the endpoint must report (OPENLEDGER_CHAIN_ID)"],
  ["--deployment <name>", "folder under deploy/deployments/ (OPENLEDGER_DEPLOYMENT)"],
  ["--keystore <file>", "encrypted JSON keystore to sign with (OPENLEDGER_KEYSTORE)"],
  ["--password-file <file>", "file that holds its password (OPENLEDGER_PASSWORD_FILE)"],
  ["--dev-account <index>", "account of the development mnemonic, local chain only (OPENLEDGER_DEV_ACCOUNT)"],
] as const;

/** Adds the options of {@link withSession} to a command. */
export function addChainOptions(command: Command): Command {
  for (const [flags, about] of CHAIN_OPTIONS) command.addOption(new Option(flags, about).helpGroup("Chain and key:"));
  return command.addOption(
    new Option("--gas-in-open <bundler>", "pay gas in OPEN, through the bundler at this URL; needs no ETH")
      .argParser(parseUrl)
      .helpGroup("Chain and key:"),
  );
}

/** Adds `--state` to a command that keeps files. */
export function addStateOption(command: Command): Command {
  return command.option("--state <dir>", "directory of your files (OPENLEDGER_STATE_DIR)", parseDirectory);
}

/** Where published files are kept. @throws InputError when no place is configured: they must outlive the command */
export function requireStateDirectory({ config }: Pick<Session, "config">): string {
  if (config.OPENLEDGER_STATE_DIR !== undefined) return config.OPENLEDGER_STATE_DIR;
  throw new InputError("the files that you publish need a place", {
    limit: "a directory",
    remedy: "Give --state, or set OPENLEDGER_STATE_DIR.",
  });
}

/** The environment's configuration, with a command's options in front. */
export function configOf(options: ChainOptions): Config {
  const given = Object.entries(OPTIONS).flatMap(([option, setting]) => {
    const value = options[option as keyof ChainOptions];
    return value === undefined ? [] : [[setting, value] as const];
  });
  const environment: Record<string, string | undefined> = { ...process.env, ...Object.fromEntries(given) };
  // an option replaces its counterpart in the environment instead of contradicting it
  if (options.keystore !== undefined) delete environment["OPENLEDGER_DEV_ACCOUNT"];
  if (options.devAccount !== undefined) delete environment["OPENLEDGER_KEYSTORE"];
  if (options.passwordFile !== undefined) delete environment["OPENLEDGER_PASSWORD"];
  return loadConfig(environment);
}

/** A call as it would be sent. */
export interface PlannedTransaction {
  readonly kind: string;
  /** Contract and function. */
  readonly call: string;
  readonly to: string;
  readonly data: string;
}

/** What a command works with: the chain, and a key if one was given. */
export interface Session {
  readonly config: Config;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly contracts: Contracts;
  readonly output: Output;
  /** Undefined: a dry run. */
  readonly wallet: LocalWallet | undefined;
  /** Everything that would have been sent, in a dry run. */
  readonly planned: readonly PlannedTransaction[];
  /** Finds out, before others are sent, whether the chain would take the call now. @throws ChainError */
  rehearse(call: Call): Promise<void>;
  /** Sends and waits until it is mined; in a dry run notes the call and returns undefined. */
  send(call: Call): Promise<MinedTransaction | undefined>;
  /** Shows the outcome; in a dry run what would have been sent. */
  finish<T extends object>(outcome: T, render: (outcome: T) => string): void;
}

/** Runs `work` on the configured chain. */
export async function withSession(
  program: Command,
  options: ChainOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const config = configOf(options);
  const chainId = config.OPENLEDGER_CHAIN_ID;
  const deployment = readDeployment(config.OPENLEDGER_DEPLOYMENT, chainId);
  const wallet = await loadWallet(config);
  const provider = await connect(config.OPENLEDGER_RPC_URL, chainId);
  const contracts = connectContracts(deployment, provider);
  const output = createOutput(program.opts<{ json: boolean }>().json);
  const maxFeePerGas = BigInt(Math.round(config.OPENLEDGER_MAX_FEE_GWEI * WEI_PER_GWEI));
  const memory = createTransientMemory();
  const onProblem = (problem: ChainError) => output.say(problem.describe());
  const gasless = (key: LocalWallet, url: string) =>
    createGaslessSender({
      provider,
      contracts,
      account: deployment.addresses.OpenAccount,
      chainId: BigInt(chainId),
      wallet: key,
      bundler: createBundlerClient(url),
    });
  const sender =
    wallet &&
    (options.gasInOpen === undefined
      ? createSender({ provider, wallet, memory, chainId, maxFeePerGas, onProblem })
      : gasless(wallet, options.gasInOpen));
  const planned: PlannedTransaction[] = [];

  const encode = (call: Call) => encodeCall(contracts, deployment, call);

  const session: Session = {
    config,
    provider,
    deployment,
    contracts,
    output,
    wallet,
    planned,
    rehearse: async (call) => sender?.rehearse(encode(call)),
    send: async (call) => {
      const { kind, to, data } = encode(call);
      const { contract, method } = call;
      if (sender === undefined) {
        planned.push({ kind, call: `${contract}.${method}`, to, data });
        return undefined;
      }
      return sender.send({ key: `${kind}:${to}:${data}`, kind, to, data });
    },
    finish: (outcome, render) => {
      if (planned.length === 0) output.result(outcome, render);
      else output.result({ dryRun: true, transactions: planned, ...outcome }, () => renderPlan(planned));
    },
  };
  try {
    await work(session);
  } catch (error) {
    throw toChainError(error);
  } finally {
    provider.destroy();
  }
}

/** The session's key. @throws AccessError in a dry run, where the command needs a signature or an own account */
export function requireKey({ wallet }: Session, why: string): LocalWallet {
  if (wallet !== undefined) return wallet;
  throw new AccessError(`${why} needs a key`, {
    limit: "a keystore, or a development account on the local chain",
    remedy: "Give --keystore with --password-file, or --dev-account.",
  });
}

/**
 * Lets a contract take OPEN from the key's account, if it may not yet.
 *
 * @param amount OPEN wei
 * @throws InputError when the account has less
 */
export async function allow(session: Session, spender: ContractName, amount: bigint): Promise<void> {
  return allowAt(session, session.deployment.addresses[spender], amount);
}

/** The same for a contract that the deployment does not name. @throws as `allow` */
export async function allowAt(session: Session, spender: string, amount: bigint): Promise<void> {
  const { contracts, wallet } = session;
  if (amount === 0n) return;
  const call: Call = { kind: "approve OPEN", contract: "OpenToken", method: "approve", args: [spender, amount] };
  if (wallet === undefined) {
    await session.send(call);
    return;
  }
  await requireOpen(session, amount);
  const allowance = await contracts.OpenToken.allowance(wallet.address, spender);
  if (allowance < amount) await session.send(call);
}

/** @param amount OPEN wei. @throws InputError when the key's account has less; never in a dry run */
export async function requireOpen({ contracts, wallet }: Session, amount: bigint): Promise<void> {
  if (wallet === undefined) return;
  const balance = await contracts.OpenToken.balanceOf(wallet.address);
  if (balance >= amount) return;
  throw new InputError("the account has too little OPEN", {
    value: `${balance} wei in ${wallet.address}`,
    limit: `${amount} wei`,
    remedy: "Send OPEN to the account.",
  });
}

/** The time of the newest block in unix seconds. */
export function chainTime(provider: JsonRpcProvider): Promise<bigint> {
  return blockTime(provider, "latest");
}

function renderPlan(planned: readonly PlannedTransaction[]): string {
  const lines = planned.map(
    ({ kind, call, to, data }, i) => `${i + 1}. ${kind}: ${call}\n   to   ${to}\n   data ${data}`,
  );
  return ["Dry run: nothing was sent. With a key this would send:", ...lines].join("\n");
}
