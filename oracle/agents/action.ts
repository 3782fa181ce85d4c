import type { Receipt } from "@openledger/protocol/eip712/receipt.ts";
import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { buildReceiptsTree, compareReceipts } from "@openledger/protocol/trees/receiptsTree.ts";
import { DisagreementError, InputError } from "../common/errors.ts";
import type { Buyer } from "../gateway/buyer.ts";
import type { Predictor } from "../gateway/predictor.ts";
import { type ActionAnswer, type InferenceRequest, receiptSchema } from "../jobs/receiptFiles.ts";
import type { AgentManifest } from "./manifest.ts";
import { replyOf } from "./reply.ts";

/** What an agent does for who pays: it asks its models, pays each of them, and drafts a reply from what they say. */
export function createActor(manifest: AgentManifest, buyer: Buyer): Predictor {
  return {
    isCostly: true,
    check: requireText,
    answer: async (request): Promise<ActionAnswer> => {
      requireText(request);
      const asked = manifest.tools.map(({ name, modelId }) => ({ name, modelId: BigInt(modelId) }));
      // nothing is bought before every tool can be
      for (const { modelId } of asked) await buyer.quote(modelId, request);
      const bought = await Promise.all(
        asked.map(async ({ name, modelId }) => ({ name, modelId, ...(await buyer.buy(modelId, request)) })),
      );
      const inferences = bought.map(({ modelId, receipt, signature, answer }) => {
        if ("reply" in answer) throw new DisagreementError("a tool is another agent", { value: modelId });
        if ("vector" in answer) throw new DisagreementError("a tool answered with a vector", { value: modelId });
        return { modelId: `${modelId}`, receipt: stated(receipt), signature, answer };
      });
      const findings = inferences.map(({ answer }, i) => ({ tool: bought[i]!.name, answer }));
      return {
        reply: replyOf(manifest, findings),
        inferences,
        inferencesRoot: rootOf(bought.map(({ receipt }) => receipt)),
      };
    },
  };
}

/** What an action bought, as it was signed. @throws DisagreementError where the root is another one than the receipts give */
export function inferencesOf({ inferences, inferencesRoot }: ActionAnswer): Receipt[] {
  const receipts = inferences.map(({ receipt }) => receiptSchema.parse(receipt));
  const root = rootOf(receipts);
  if (root === inferencesRoot) return receipts;
  throw new DisagreementError("the action's root is not that of the receipts that it states", {
    value: inferencesRoot,
    limit: root,
  });
}

function rootOf(receipts: readonly Receipt[]): Hash {
  return asHash(buildReceiptsTree(receipts.toSorted(compareReceipts)).root);
}

function stated({ versionId, fee, cumulative, time, ...hashes }: Receipt) {
  return {
    ...hashes,
    versionId: `${versionId}`,
    fee: `${fee}`,
    cumulative: `${cumulative}`,
    time: `${time}`,
  };
}

function requireText({ kind }: InferenceRequest): void {
  if (kind === "text") return;
  throw new InputError("the agent reads a text and nothing else", {
    value: kind,
    limit: "a text",
    remedy: "Ask with a text.",
  });
}
