import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { JsonRpcProvider } from "../chain/provider.ts";
import { lockProcess, type ProcessLock } from "../common/processLock.ts";
import type { Config } from "../config/schema.ts";

/** Makes this process the only one that works in a state directory. @throws InUseError with the other's process id */
export function lockStateDirectory(directory: string): ProcessLock {
  return lockProcess(join(directory, "process.lock"), {
    what: `the state directory ${directory}`,
    instead: "use another directory (OPENLEDGER_STATE_DIR or --state)",
  });
}

/**
 * Makes this process the only one on this machine that signs with an account on a chain: two would give two transactions the
 * same nonce. Chains that share a chain id, as local ones do, are told apart by their first block and their port.
 *
 * @throws InUseError with the other's process id
 */
export async function lockKey(
  address: string,
  provider: JsonRpcProvider,
  config: Pick<Config, "OPENLEDGER_CHAIN_ID" | "OPENLEDGER_RPC_URL">,
): Promise<ProcessLock> {
  const first = (await provider.send("eth_getBlockByNumber", ["0x0", false])) as { hash: string } | null;
  const chain = [config.OPENLEDGER_CHAIN_ID, first?.hash.slice(2, 10) ?? ""];
  const local = config.OPENLEDGER_CHAIN_ID === 31_337 ? [new URL(config.OPENLEDGER_RPC_URL).port] : [];
  const name = [...chain, ...local, address.toLowerCase()].join("-");
  return lockProcess(join(tmpdir(), `openledger-keys-${userInfo().uid}`, `${name}.lock`), {
    what: `the key of ${address} on chain ${config.OPENLEDGER_CHAIN_ID}`,
    instead: "use another key",
  });
}
