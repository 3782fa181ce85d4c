import { existsSync, readFileSync } from "node:fs";
import { HDNodeWallet, Mnemonic, Wallet } from "ethers";
import { AccessError, InputError, messageOf } from "../common/errors.ts";
import type { Config } from "../config/schema.ts";
import { isLoopback, originsOf } from "./rpcUrls.ts";

/** The mnemonic that Hardhat publishes. Whatever it controls on a public chain belongs to everybody. */
const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";
const DEVELOPMENT_CHAIN_ID = 31_337;

export type LocalWallet = Wallet | HDNodeWallet;

type KeySettings = Pick<
  Config,
  | "OPENLEDGER_KEYSTORE"
  | "OPENLEDGER_PASSWORD"
  | "OPENLEDGER_DEV_ACCOUNT"
  | "OPENLEDGER_RPC_URL"
  | "OPENLEDGER_CHAIN_ID"
>;

/** What the accounts are derived from: to make it of the words takes 2,048 rounds of hashing. */
let developmentAccounts: HDNodeWallet | undefined;

/** Account `index` of the public development mnemonic. */
export function developmentWallet(index: number): HDNodeWallet {
  developmentAccounts ??= HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(DEVELOPMENT_MNEMONIC), "m/44'/60'/0'/0");
  return developmentAccounts.deriveChild(index);
}

/** Whether the chain is the one of this machine, where everybody's keys are known and the clock can be moved. */
export function isDevelopmentChain(config: Pick<Config, "OPENLEDGER_CHAIN_ID" | "OPENLEDGER_RPC_URL">): boolean {
  return config.OPENLEDGER_CHAIN_ID === DEVELOPMENT_CHAIN_ID && isLoopback(config.OPENLEDGER_RPC_URL);
}

/**
 * The configured key, or undefined for a dry run.
 *
 * @throws AccessError for a missing or wrong password and for a development account outside the local chain.
 */
export async function loadWallet(config: KeySettings): Promise<LocalWallet | undefined> {
  const { OPENLEDGER_KEYSTORE: path, OPENLEDGER_DEV_ACCOUNT: index } = config;
  if (path !== undefined && index !== undefined) {
    throw new InputError("OPENLEDGER_KEYSTORE and OPENLEDGER_DEV_ACCOUNT are both set", {
      remedy: "Unset one of them.",
    });
  }
  if (path !== undefined) return openKeystore(path, config.OPENLEDGER_PASSWORD);
  if (index === undefined) return undefined;
  if (!isDevelopmentChain(config)) {
    throw new AccessError("the development mnemonic is public and only for the local chain", {
      value: `chain ${config.OPENLEDGER_CHAIN_ID} at ${originsOf(config.OPENLEDGER_RPC_URL)}`,
      limit: `chain ${DEVELOPMENT_CHAIN_ID} on loopback`,
      remedy: "Use OPENLEDGER_KEYSTORE with OPENLEDGER_PASSWORD_FILE.",
    });
  }
  return developmentWallet(index);
}

/** The configured key of a command that cannot do without one. */
export async function requireWallet(config: KeySettings): Promise<LocalWallet> {
  const wallet = await loadWallet(config);
  if (wallet !== undefined) return wallet;
  throw new AccessError("this needs a key", {
    limit: "a keystore, or a development account on the local chain",
    remedy: "Set OPENLEDGER_KEYSTORE and OPENLEDGER_PASSWORD_FILE, or OPENLEDGER_DEV_ACCOUNT.",
  });
}

async function openKeystore(path: string, password: string | undefined): Promise<LocalWallet> {
  if (!existsSync(path)) {
    throw new AccessError("the keystore is not there", {
      value: path,
      limit: "an encrypted JSON keystore (Web3 Secret Storage)",
      remedy: "Check --keystore or OPENLEDGER_KEYSTORE.",
    });
  }
  if (password === undefined) {
    throw new AccessError("the keystore has no password", {
      value: path,
      limit: "a file that holds its password",
      remedy: "Give --password-file, or set OPENLEDGER_PASSWORD_FILE.",
    });
  }
  try {
    return await Wallet.fromEncryptedJson(readFileSync(path, "utf8"), password);
  } catch (error) {
    throw new AccessError(`the keystore cannot be opened: ${messageOf(error)}`, {
      value: path,
      limit: "an encrypted JSON keystore (Web3 Secret Storage) and its password",
      remedy: "Check the keystore, and the password in --password-file or OPENLEDGER_PASSWORD_FILE.",
    });
  }
}
