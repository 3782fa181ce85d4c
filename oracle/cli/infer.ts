import { randomBytes } from "node:crypto";
import { asHash } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { hexlify } from "ethers";
import { InputError } from "../common/errors.ts";
import { buyByChannel } from "../gateway/channels/buyByChannel.ts";
import { FIRST_CHANNEL } from "../gateway/channels/channelConfig.ts";
import { createChannelPayer } from "../gateway/channels/channelPayer.ts";
import { USUAL_DEPOSIT } from "../gateway/channels/channelTerms.ts";
import { buyAnswer, readOffer } from "../gateway/client.ts";
import { nameOfReceipt } from "../jobs/receiptName.ts";
import { type InferenceAnswer, requestSchema, shortAnswer } from "../jobs/receiptFiles.ts";
import { endpointOption } from "./apiClient.ts";
import { readDocument } from "./documents.ts";
import { parseAmount, parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { requireModel } from "../actions/models.ts";
import { addChainOptions, type ChainOptions, chainTime, withSession } from "./session.ts";

interface InferOptions extends ChainOptions {
  readonly provider: string;
  readonly request?: string;
  readonly maxPrice?: bigint;
  readonly channel?: boolean;
  readonly deposit?: bigint;
}

/** Chain seconds in which the provider may take the payment. */
const VALIDITY = 3_600n;

/** `openledger infer`: one paid answer with its signed receipt. */
export const inferCommand: AddCommand = (program) => {
  addChainOptions(program.command("infer"))
    .description("ask a model, pay with an ERC-3009 authorisation, and check the signed receipt")
    .argument("<model>", "its id", parseId)
    .argument("[text...]", "the question")
    .option("--request <file>", "a JSON request instead, such as an image")
    .addOption(endpointOption("--provider <url>", "the provider's gateway", "OPENLEDGER_PROVIDER_URL"))
    .option("--max-price <OPEN>", "refuse a higher price", parseAmount)
    .option("--channel", "pay by a payment channel to the model's till, and open one where there is none")
    .option("--deposit <OPEN>", "what is put into the channel when it is used up; 10 answers if absent", parseAmount)
    .action((modelId: bigint, words: string[], options: InferOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, deployment, wallet, output } = session;
        const request =
          options.request === undefined
            ? { kind: "text" as const, input: requireText(words) }
            : readDocument(options.request, requestSchema, "an inference request");
        await requireModel(session.contracts, modelId);
        const offer = await readOffer(contracts, deployment, modelId);
        if (options.maxPrice !== undefined && offer.price > options.maxPrice) {
          throw new InputError("the model is dearer than allowed", {
            value: `${formatOpen(offer.price)} OPEN`,
            limit: `${formatOpen(options.maxPrice)} OPEN`,
            remedy: "Raise --max-price.",
          });
        }
        if (wallet === undefined) {
          const { price, till, provider } = offer;
          output.result({ dryRun: true, modelId, price, till, provider }, () =>
            [
              "Dry run: nothing was asked or paid. With a key this would authorise",
              `${formatOpen(price)} OPEN to ${till}, the till of model ${modelId}, and ask its provider ${provider}.`,
            ].join("\n"),
          );
          return;
        }
        const balance = await contracts.OpenToken.balanceOf(wallet.address);
        if (options.channel !== true && balance < offer.price) {
          throw new InputError("the account has too little OPEN", {
            value: `${formatOpen(balance)} OPEN in ${wallet.address}`,
            limit: `${formatOpen(offer.price)} OPEN, the model's price`,
            remedy: "Send OPEN to the account.",
          });
        }
        const validBefore = async () => (await chainTime(session.provider)) + VALIDITY;
        const bought =
          options.channel === true
            ? await buyByChannel(
                createChannelPayer(contracts, {
                  providerUrl: options.provider,
                  offer,
                  wallet,
                  deposit: options.deposit ?? USUAL_DEPOSIT * offer.price,
                  salt: FIRST_CHANNEL,
                  validBefore,
                }),
                offer,
                wallet,
                request,
              )
            : await buyAnswer(options.provider, offer, wallet, request, {
                salt: asHash(hexlify(randomBytes(32))),
                validBefore: await validBefore(),
              });
        output.result(bought, ({ answer, receipt }) =>
          [
            renderAnswer(answer),
            `Paid ${formatOpen(receipt.fee)} OPEN; receipt ${nameOfReceipt(receipt)}, signed by ${offer.provider}.`,
            `Once its epoch is settled: npx openledger explain ${nameOfReceipt(receipt)}`,
          ].join("\n"),
        );
      }),
    );
};

/** A label with its probability, what was written, an agent's reply with what it used, or the passages with who wrote them and how much of the answer they are. */
export function renderAnswer(answer: InferenceAnswer): string {
  if ("label" in answer) return `${answer.label}  (${percent(answer.confidence)})`;
  if ("text" in answer && !("passages" in answer)) return answer.text;
  if ("reply" in answer) {
    const used = answer.inferences.map(
      ({ modelId, receipt }) =>
        `  model ${modelId}: ${formatOpen(BigInt(receipt.fee))} OPEN, receipt ${receipt.paymentId}`,
    );
    return [answer.reply, "", "It used:", ...used].join("\n");
  }
  if ("vector" in answer) return shortAnswer(answer);
  if (answer.passages.length === 0) return "The model has nothing to answer this with.";
  if ("text" in answer) {
    const cited = answer.passages.map(
      ({ title, text, source, contributionId, contributor }, i) =>
        `  [${i + 1}] ${[title, source].filter((part) => part !== "").join(", ")}; contribution ${contributionId} of ${contributor}\n      ${text}`,
    );
    return [answer.text, "", "Written from:", ...cited].join("\n");
  }
  return answer.passages
    .map(({ title, text, source, contributionId, contributor, share }, i) => {
      const cited = [title, source].filter((part) => part !== "").join(", ");
      return `${text}\n  [${i + 1}] ${cited}; contribution ${contributionId} of ${contributor}, ${percent(share)}`;
    })
    .join("\n\n");
}

function percent(millionths: number): string {
  return `${(millionths / 10_000).toFixed(2)} %`;
}

function requireText(words: readonly string[]): string {
  const text = words.join(" ").trim();
  if (text !== "") return text;
  throw new InputError("there is no question", {
    limit: "a text, or --request with a JSON file",
    remedy: "npx openledger infer --help",
  });
}
