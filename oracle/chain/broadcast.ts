import type { JsonRpcProvider } from "ethers";
import { TransientFailure } from "./rpcAnswer.ts";
import { nodeMessage } from "./revert.ts";

/**
 * What a node says to signed bytes: it has them (pooled); their nonce was used (by them or by others) or is taken by others
 * that wait; they offer too little; they can never be mined; something else that keeps them from its pool for now (unclear); or
 * no answer, which says nothing about whether it has them (lost).
 */
export type Reception = "pooled" | "nonce used" | "nonce taken" | "underpriced" | "refused" | "unclear" | "lost";

export interface Broadcast {
  readonly reception: Reception;
  /** The node's own words; empty when it took the bytes. */
  readonly words: string;
}

/** The first that matches counts. */
const RECEPTIONS: readonly (readonly [Reception, RegExp])[] = [
  ["pooled", /already (known|imported|exists)|known transaction|already in (the )?\S*pool|duplicate transaction/iu],
  ["nonce taken", /replacement|could not replace|same nonce/iu],
  [
    "nonce used",
    /nonce (is )?too (low|small)|invalid nonce|old ?nonce|nonce.{0,20}used|lower than the (next|account)/iu,
  ],
  [
    "underpriced",
    /underpriced|(max ?fee|fee ?cap|gas ?price|tip).{0,60}(too low|less than|below|minimum)|less than.{0,20}base ?fee/iu,
  ],
  [
    "refused",
    new RegExp(
      [
        "insufficient (funds|balance)|enough funds|intrinsic gas|exceeds.{0,20}gas limit|gas limit.{0,20}(exceed|too)",
        "configured cap|invalid (sender|signature|chain|transaction)|chain ?id|oversized|not supported|not an eoa",
      ].join("|"),
      "iu",
    ),
  ],
];

/** Offers signed bytes to a node, once. A node that knows their hash has them, whatever else it says. */
export async function broadcast(provider: JsonRpcProvider, raw: string, hash: string): Promise<Broadcast> {
  try {
    await provider.send("eth_sendRawTransaction", [raw]);
    return { reception: "pooled", words: "" };
  } catch (error) {
    const words = nodeMessage(error);
    if (error instanceof TransientFailure) return { reception: "lost", words };
    const reception = RECEPTIONS.find(([, pattern]) => pattern.test(words))?.[0] ?? "unclear";
    if (reception === "pooled" || (await knows(provider, hash))) return { reception: "pooled", words: "" };
    return { reception, words };
  }
}

async function knows(provider: JsonRpcProvider, hash: string): Promise<boolean> {
  return (await provider.send("eth_getTransactionByHash", [hash])) !== null;
}
