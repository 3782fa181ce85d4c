import { execFileSync, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { concat, keccak256, solidityPacked, toBeHex, ZeroHash } from "ethers";
import { encodeDeposit } from "./depositTransaction.ts";
import { L1_BLOCK, type L1Attributes } from "../../oracle/chain/l1Attributes.ts";
import { connect, type JsonRpcProvider } from "../../oracle/chain/provider.ts";
import { findFreePort } from "../../oracle/common/ports.ts";
import { poll } from "../../oracle/common/retry.ts";

export interface OpGeth {
  readonly provider: JsonRpcProvider;
  /** Puts a deposit into the next block; its hash. */
  deposit(raw: string): Promise<string>;
  stop(): Promise<void>;
}

export const OP_GETH_CHAIN_ID = 31_338;
const PROGRAM = "op-geth";
const DEPOSITOR = "0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001";
const MESSAGE_PASSER = "0x4200000000000000000000000000000000000016";
const FEE_VAULT = "0x4200000000000000000000000000000000000011";
/** Code that stops: an account that only has storage is deleted once it is touched. */
const STOP = "0x00";
const BLOCK_MS = 100;
const word = (value: bigint) => toBeHex(value, 32);

/** Why the real client is not tested here; undefined when it is on the PATH. */
export function opGethIsMissing(): string | undefined {
  try {
    execFileSync(PROGRAM, ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return `no ${PROGRAM} on the PATH`;
  }
}

/** A chain of op-geth (Isthmus) whose blocks are made here, as op-node makes them, by the Engine API. @param rich has ETH */
export async function startOpGeth(directory: string, rich: string, attributes: L1Attributes): Promise<OpGeth> {
  const [http, engine] = [await findFreePort(), await findFreePort()];
  const secret = randomBytes(32);
  mkdirSync(directory, { recursive: true });
  const [jwtFile, genesisFile] = [join(directory, "jwt"), join(directory, "genesis.json")];
  writeFileSync(jwtFile, secret.toString("hex"));
  writeFileSync(genesisFile, JSON.stringify(genesis(rich, attributes)));
  const state = ["--state.scheme=hash", "--datadir", directory];
  execFileSync(PROGRAM, ["init", ...state, genesisFile], { stdio: "ignore" });
  const api = ["--http", "--http.port", `${http}`, "--http.api", "eth,debug", "--authrpc.port", `${engine}`];
  const node = ["--authrpc.jwtsecret", jwtFile, "--networkid", `${OP_GETH_CHAIN_ID}`, "--gcmode", "archive"];
  const alone = [
    "--nodiscover",
    "--maxpeers",
    "0",
    "--port",
    "0",
    "--syncmode",
    "full",
    "--rollup.disabletxpoolgossip",
  ];
  const cheap = ["--miner.gasprice", "1", "--txpool.pricelimit", "1"];
  const child = spawn(PROGRAM, [...state, ...api, ...node, ...alone, ...cheap], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const provider = await poll(() => connect(`http://127.0.0.1:${http}`, OP_GETH_CHAIN_ID).catch(() => undefined), {
    intervalMs: 100,
  });

  async function ask<T>(method: string, ...params: unknown[]): Promise<T> {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iat: Math.floor(Date.now() / 1_000) })}`;
    const token = `${claims}.${createHmac("sha256", secret).update(claims).digest("base64url")}`;
    const response = await fetch(`http://127.0.0.1:${engine}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await response.json()) as { result: T; error?: unknown };
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  let sequence = 0n;
  const waiting: string[] = [];
  async function makeBlock(): Promise<void> {
    const head = (await provider.send("eth_getBlockByNumber", ["latest", false])) as {
      hash: string;
      timestamp: string;
    };
    const timestamp = Math.max(Number(head.timestamp) + 1, Math.floor(Date.now() / 1_000));
    const at = (hash: string) => ({ headBlockHash: hash, safeBlockHash: hash, finalizedBlockHash: hash });
    const { payloadId } = await ask<{ payloadId: string }>("engine_forkchoiceUpdatedV3", at(head.hash), {
      timestamp: `0x${timestamp.toString(16)}`,
      prevRandao: ZeroHash,
      suggestedFeeRecipient: FEE_VAULT,
      withdrawals: [],
      parentBeaconBlockRoot: ZeroHash,
      transactions: [attributesDeposit(++sequence, BigInt(timestamp), attributes), ...waiting.splice(0)],
      noTxPool: false,
      gasLimit: "0x3938700",
      eip1559Params: "0x0000000000000000",
    });
    await sleep(BLOCK_MS);
    const { executionPayload } = await ask<{ executionPayload: { blockHash: string } }>(
      "engine_getPayloadV4",
      payloadId,
    );
    await ask("engine_newPayloadV4", executionPayload, [], ZeroHash, []);
    await ask("engine_forkchoiceUpdatedV3", at(executionPayload.blockHash), null);
  }
  let stopped = false;
  const making = (async () => {
    while (!stopped) await makeBlock();
  })();

  return {
    provider,
    deposit: async (raw) => {
      const hash = keccak256(raw);
      waiting.push(raw);
      // a node that has just begun refuses to look
      const look = () => provider.getTransactionReceipt(hash).catch(() => null);
      await poll(async () => (await look()) ?? undefined, { intervalMs: BLOCK_MS });
      return hash;
    },
    stop: async () => {
      stopped = true;
      await making;
      provider.destroy();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function genesis(rich: string, { baseFee, blobBaseFee, ...scalars }: L1Attributes) {
  const forks = ["homestead", "eip150", "eip155", "eip158", "byzantium", "constantinople", "petersburg", "istanbul"];
  const blocks = [
    ...forks,
    "muirGlacier",
    "berlin",
    "london",
    "arrowGlacier",
    "grayGlacier",
    "mergeNetsplit",
    "bedrock",
  ];
  const times = [
    "shanghai",
    "cancun",
    "prague",
    "regolith",
    "canyon",
    "ecotone",
    "fjord",
    "granite",
    "holocene",
    "isthmus",
  ];
  return {
    config: {
      chainId: OP_GETH_CHAIN_ID,
      ...Object.fromEntries(blocks.map((name) => [`${name}Block`, 0])),
      ...Object.fromEntries(times.map((name) => [`${name}Time`, 0])),
      terminalTotalDifficulty: 0,
      terminalTotalDifficultyPassed: true,
      optimism: { eip1559Elasticity: 6, eip1559Denominator: 50, eip1559DenominatorCanyon: 250 },
    },
    difficulty: "0x0",
    gasLimit: "0x3938700",
    baseFeePerGas: "0xf4240",
    timestamp: `0x${Math.floor(Date.now() / 1_000 - 60).toString(16)}`,
    // Holocene: version, denominator, elasticity
    extraData: "0x000000003200000006",
    alloc: {
      [rich]: { balance: "0x3635c9adc5dea00000" },
      [L1_BLOCK]: {
        code: STOP,
        balance: "0x0",
        storage: {
          [word(1n)]: word(baseFee),
          [word(3n)]: word((scalars.baseFeeScalar << 96n) | (scalars.blobBaseFeeScalar << 64n)),
          [word(7n)]: word(blobBaseFee),
          [word(8n)]: word((scalars.operatorFeeScalar << 64n) | scalars.operatorFeeConstant),
        },
      },
      // a payload without a root of withdrawals is refused: one slot makes it one
      [MESSAGE_PASSER]: { code: STOP, balance: "0x0", storage: { [word(2n ** 200n)]: word(1n) } },
    },
  };
}

/** The first transaction of every block, which tells of layer 1 (`setL1BlockValuesIsthmus`, packed). */
function attributesDeposit(sequence: bigint, timestamp: bigint, attributes: L1Attributes): string {
  const { baseFee, blobBaseFee, baseFeeScalar, blobBaseFeeScalar, operatorFeeScalar, operatorFeeConstant } = attributes;
  const packed = solidityPacked(
    ["bytes4", "uint32", "uint32", "uint64", "uint64", "uint64", "uint256", "uint256", "bytes32", "bytes32"],
    ["0x098999be", baseFeeScalar, blobBaseFeeScalar, sequence, timestamp, 1n, baseFee, blobBaseFee, ZeroHash, ZeroHash],
  );
  const data = concat([packed, solidityPacked(["uint32", "uint64"], [operatorFeeScalar, operatorFeeConstant])]);
  const source = keccak256(concat([word(1n), keccak256(concat([ZeroHash, word(sequence)]))]));
  return encodeDeposit({ source, from: DEPOSITOR, to: L1_BLOCK, gasLimit: 1_000_000n, data });
}
