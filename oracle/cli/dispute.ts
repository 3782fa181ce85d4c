import type { ChannelConfig } from "@openledger/protocol/eip712/channel.ts";
import { type Address, asHash, type Hash, type Hex } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { z } from "zod";
import type { Call } from "../actions/call.ts";
import { demandInclusion, demandSale, proveDoubleSale, punishSilence } from "../actions/receiptDisputes.ts";
import { eventOf } from "../chain/eventOf.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import { configSchema } from "../gateway/channels/voucherCall.ts";
import { receiptSchema } from "../jobs/receiptFiles.ts";
import { readDocument } from "./documents.ts";
import { parseAddress, parseId } from "./parse.ts";
import { addPostedDisputes } from "./postedDisputes.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, allow, type ChainOptions, chainTime, type Session, withSession } from "./session.ts";

/** An answer as a gateway gives it, or its receipt alone. */
const signedSchema = z.object({
  receipt: receiptSchema,
  signature: z.custom<Hex>((value) => typeof value === "string" && /^0x[0-9a-fA-F]{128,130}$/u.test(value)),
});
const RECEIPT_FILE = "a receipt with its provider's signature, as GET /v1/receipts/{paymentId} gives it";

interface ModelOptions extends ChainOptions {
  readonly model: bigint;
}

/** `openledger dispute`: holds operators and providers to what they signed, by their stake. */
export const disputeCommand: AddCommand = (program) => {
  const dispute = program
    .command("dispute")
    .description("hold operators and providers to what they signed, by their stake");
  addPostedDisputes(program, dispute);
  const receipt = dispute
    .command("receipt")
    .description("about receipts of paid answers; a demand costs a fee that an answer gives to the provider");

  addChainOptions(receipt.command("double"))
    .description("prove that a provider sold one part of a payment twice")
    .argument("<provider>", "who signed both", parseAddress)
    .argument("<file>", RECEIPT_FILE)
    .argument("<other>", "another receipt over the same part")
    .action((provider: Address, file: string, other: string, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const receipts = [readSigned(file), readSigned(other)] as const;
        const mined = await session.send(await proveDoubleSale(session.contracts, { provider, receipts }));
        const proven = mined && eventOf(mined, session.contracts.ReceiptDisputes, "DoubleSaleProven");
        const reward = proven?.args["reward"] as bigint | undefined;
        session.finish(
          { provider, reward, transaction: mined?.hash },
          () => `${provider} has lost stake; you got ${formatOpen(reward ?? 0n)} OPEN`,
        );
      }),
    );

  addChainOptions(receipt.command("include"))
    .description("demand that a provider commits to your receipt for the epoch in which its payment was swept")
    .argument("<file>", RECEIPT_FILE)
    .requiredOption("--epoch <number>", "the epoch; its receipts must stay open for another hour", parseId)
    .action((file: string, options: ChainOptions & { readonly epoch: bigint }) =>
      withSession(program, options, async (session) => {
        const demand = { epoch: options.epoch, signed: readSigned(file) };
        await sendDemand(session, await demandInclusion(session.contracts, demand), "InclusionDemanded");
      }),
    );

  addChainOptions(receipt.command("sold"))
    .description("demand to see what a provider sold for a wei that it claimed of a channel")
    .argument("<channel>", "its id", parseChannel)
    .argument("<wei>", "which of the claimed, counted from 1", parseId)
    .requiredOption("--model <id>", "the model whose till the channel pays", parseId)
    .action((channelId: Hash, point: bigint, options: ModelOptions) =>
      withSession(program, options, async (session) => {
        const config = await configOf(session, channelId);
        const call = await demandSale(session.contracts, { modelId: options.model, config, point });
        await sendDemand(session, call, "SaleDemanded");
      }),
    );

  addChainOptions(receipt.command("punish"))
    .description("take stake of a provider that has not answered a demand in time; anyone may")
    .argument("<demand>", "its id", parseDemand)
    .action((demandId: Hash, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, provider } = session;
        const mined = await session.send(await punishSilence(contracts, demandId, await chainTime(provider)));
        const punished = mined && eventOf(mined, contracts.ReceiptDisputes, "SilencePunished");
        const [of, reward] = [punished?.args["provider"], punished?.args["reward"] as bigint | undefined];
        session.finish(
          { demandId, provider: of, reward, transaction: mined?.hash },
          () => `${String(of)} has lost stake; who demanded got ${formatOpen(reward ?? 0n)} OPEN and the fee back`,
        );
      }),
    );
};

async function sendDemand(session: Session, call: Call, event: "InclusionDemanded" | "SaleDemanded"): Promise<void> {
  const { fee } = await session.contracts.ReceiptDisputes.terms();
  await allow(session, "ReceiptDisputes", fee);
  const mined = await session.send(call);
  const opened = mined && eventOf(mined, session.contracts.ReceiptDisputes, event);
  const demandId = opened?.args["demandId"] as string | undefined;
  const deadline = (opened?.args["deadline"] as bigint | undefined) ?? 0n;
  session.finish({ demandId, fee, deadline, transaction: mined?.hash }, () =>
    [
      `demand ${demandId} is open for ${formatOpen(fee)} OPEN, until ${isoTime(deadline)}`,
      `Without an answer by then: npx openledger dispute receipt punish ${demandId}`,
    ].join("\n"),
  );
}

/** What the channel is, as its first deposit said. @throws NotFoundError */
async function configOf({ contracts, deployment }: Session, channelId: Hash): Promise<ChannelConfig> {
  const { PaymentChannels } = contracts;
  const [created] = await PaymentChannels.queryFilter(
    PaymentChannels.filters["ChannelCreated"](channelId),
    deployment.firstBlock,
  );
  if (created === undefined) {
    throw new NotFoundError("nothing was ever deposited in this channel", {
      value: channelId,
      remedy: "paymentId of a receipt is its channel's id.",
    });
  }
  const { payer, payerAuthorizer, receiver, receiverAuthorizer, token, withdrawDelay, salt } = created.args.config;
  const parties = { payer, payerAuthorizer, receiver, receiverAuthorizer, token };
  return configSchema.parse({ ...parties, withdrawDelay: Number(withdrawDelay), salt });
}

function readSigned(file: string) {
  return readDocument(file, signedSchema, RECEIPT_FILE);
}

function parseChannel(text: string): Hash {
  return parseHash(text, "the id of a channel");
}

function parseDemand(text: string): Hash {
  return parseHash(text, "the id of a demand");
}

function parseHash(text: string, what: string): Hash {
  if (/^0x[0-9a-fA-F]{64}$/u.test(text)) return asHash(text);
  throw new InputError(`this is not ${what}`, { value: text, limit: "0x and 64 hexadecimal digits" });
}
