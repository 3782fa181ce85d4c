import { AbiCoder } from "ethers";
import { asAddress, type Address } from "@openledger/protocol/hex.ts";
import { interfaceOf } from "../chain/artifacts.ts";

/** What a demand asks to be shown (`IAttributionDemands`). */
export type Question =
  | { readonly asks: "indexRow"; readonly versionId: bigint; readonly i: number }
  | { readonly asks: "quality"; readonly versionId: bigint; readonly part: number }
  | { readonly asks: "functional"; readonly modelId: bigint; readonly epoch: bigint }
  | { readonly asks: "score"; readonly modelId: bigint; readonly epoch: bigint; readonly i: number }
  | {
      readonly asks: "entry";
      readonly account: Address;
      readonly modelId: bigint;
      readonly contributionId: bigint;
    }
  | { readonly asks: "entryAt"; readonly account: number; readonly i: number }
  | {
      readonly asks: "predecessor";
      readonly account: Address;
      readonly modelId: bigint;
      readonly contributionId: bigint;
      /** Wei that the entry carries over. */
      readonly carried: bigint;
    }
  | { readonly asks: "payouts"; readonly depth: number; readonly position: number };

type Words = readonly unknown[];
interface Form {
  readonly types: readonly string[];
  readonly read: (words: Words) => Question;
}

const big = (word: unknown): bigint => BigInt(String(word));
const small = (word: unknown): number => Number(word);
const account = (word: unknown): Address => asAddress(String(word));

/** By the function whose selector a question begins with, in the order in which the contract encodes it. */
const FORMS: Readonly<Record<string, Form>> = {
  demandIndexRow: {
    types: ["uint256", "uint32"],
    read: ([versionId, i]) => ({ asks: "indexRow", versionId: big(versionId), i: small(i) }),
  },
  demandQuality: {
    types: ["uint256", "uint256"],
    read: ([versionId, part]) => ({ asks: "quality", versionId: big(versionId), part: small(part) }),
  },
  demandFunctional: {
    types: ["uint256", "uint64"],
    read: ([modelId, epoch]) => ({ asks: "functional", modelId: big(modelId), epoch: big(epoch) }),
  },
  demandScore: {
    types: ["uint256", "uint64", "uint32"],
    read: ([modelId, epoch, i]) => ({ asks: "score", modelId: big(modelId), epoch: big(epoch), i: small(i) }),
  },
  demandEntry: {
    types: ["address", "uint256", "uint256"],
    read: ([payee, modelId, contributionId]) => ({
      asks: "entry",
      account: account(payee),
      modelId: big(modelId),
      contributionId: big(contributionId),
    }),
  },
  demandEntryAt: {
    types: ["uint32", "uint32"],
    read: ([place, i]) => ({ asks: "entryAt", account: small(place), i: small(i) }),
  },
  demandPredecessor: {
    types: ["address", "uint256", "uint256", "uint128"],
    read: ([payee, modelId, contributionId, carried]) => ({
      asks: "predecessor",
      account: account(payee),
      modelId: big(modelId),
      contributionId: big(contributionId),
      carried: big(carried),
    }),
  },
  demandPayouts: {
    types: ["uint256", "uint256"],
    read: ([depth, position]) => ({ asks: "payouts", depth: small(depth), position: small(position) }),
  },
};

const coder = AbiCoder.defaultAbiCoder();

/** Reads the `question` of a `Demanded` event; undefined for one that these artefacts do not know. */
export function readQuestion(encoded: string): Question | undefined {
  const [selector] = coder.decode(["bytes4"], encoded) as unknown as [string];
  const form = FORMS[interfaceOf("AttributionDemands").getFunction(selector)?.name ?? ""];
  if (form === undefined) return undefined;
  const [, ...words] = coder.decode(["bytes4", ...form.types], encoded) as unknown as [string, ...Words];
  return form.read(words);
}
