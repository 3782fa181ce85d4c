import { randomBytes } from "node:crypto";
import { channelHashes } from "@openledger/protocol/eip712/channel.ts";
import { countersignedSalt } from "@openledger/protocol/eip712/statement.ts";
import { asAddress, type Hash } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { announceWithdrawal, finishWithdrawal } from "../actions/channels.ts";
import { requireModel } from "../actions/models.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import {
  type JobHeader,
  type JobState,
  openAnswerFile,
  readAnswerFile,
  receiptHashes,
} from "../gateway/batch/answerFile.ts";
import { answerRows } from "../gateway/batch/answerRows.ts";
import { readQuestions } from "../gateway/batch/questionFile.ts";
import { channelConfig } from "../gateway/channels/channelConfig.ts";
import { createChannelPayer } from "../gateway/channels/channelPayer.ts";
import { LEAST_DEPOSIT } from "../gateway/channels/channelTerms.ts";
import { type Offer, readOffer } from "../gateway/client.ts";
import { countersign } from "../gateway/statements/countersign.ts";
import { endpointOption } from "./apiClient.ts";
import { parseAmount, parseId, parseNewFile } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, chainTime, requireKey, type Session, withSession } from "./session.ts";

interface RunOptions extends ChainOptions {
  readonly model: bigint;
  readonly out: string;
  readonly maxTotal: bigint;
  readonly provider: string;
}

/** Chain seconds in which the provider may make the deposit. */
const VALIDITY = 3_600n;

/** `openledger job`: a file of questions, a channel that pays for them and nothing else, a file of answers. */
export const jobCommand: AddCommand = (program) => {
  const job = program.command("job").description("work over many questions: a file in, a file out, a receipt a row");

  addChainOptions(job.command("run"))
    .description("ask every line of a file, and write down each answer with its receipt; the same again goes on")
    .argument("<questions>", "JSON, a question a line")
    .requiredOption("--model <id>", "model that is asked", parseId)
    .requiredOption("--out <file>", "file of the answers", parseNewFile)
    .requiredOption("--max-total <OPEN>", "ask nothing if all of it costs more", parseAmount)
    .addOption(endpointOption("--provider <url>", "the provider's gateway", "OPENLEDGER_PROVIDER_URL"))
    .action((questions: string, options: RunOptions) =>
      withSession(program, options, (session) => runJob(session, questions, options)),
    );
  addChainOptions(job.command("status"))
    .description("how many rows are answered, and what is in the job's channel")
    .argument("<answers>", "the job's --out")
    .action((file: string, options: ChainOptions) =>
      withSession(program, options, (session) => showJob(session, requireJob(file))),
    );
  addChainOptions(job.command("withdraw"))
    .description("take back what was not answered: announce it, and a day later --finish it; nobody is asked")
    .argument("<answers>", "the job's --out")
    .option("--finish", "take what was announced")
    .action((file: string, options: ChainOptions & { readonly finish?: true }) =>
      withSession(program, options, (session) => withdraw(session, requireJob(file), options.finish === true)),
    );
};

async function runJob(session: Session, questionsFile: string, options: RunOptions): Promise<void> {
  const { contracts, deployment, output, provider } = session;
  const { model, out, maxTotal } = options;
  const questions = readQuestions(questionsFile);
  const wallet = requireKey(session, "a job");
  await requireModel(contracts, model);
  const offer = await readOffer(contracts, deployment, model);
  requireWithin(offer, questions.rows.length, maxTotal);
  const file = openAnswerFile(out, questions, model, () => {
    const job = randomBytes(16).toString("hex");
    return { job, channel: channelConfig(offer, wallet.address, wallet.address, countersignedSalt(job)) };
  });
  try {
    requireSameParties(file.header, offer, wallet.address);
    const left = BigInt(questions.rows.length - file.answered.length);
    const payer = createChannelPayer(contracts, {
      providerUrl: options.provider,
      offer,
      wallet,
      deposit: offer.price * (left > LEAST_DEPOSIT ? left : LEAST_DEPOSIT),
      salt: file.header.channel.salt,
      validBefore: async () => (await chainTime(provider)) + VALIDITY,
    });
    await answerRows(questions, file, { payer, offer, wallet }, (done) =>
      output.say(`${done} of ${questions.rows.length} answered`),
    );
    const state = requireJob(out);
    const known = receiptHashes(state.answered);
    const signing = { providerUrl: options.provider, channelId: payer.channelId, wallet, after: 0n };
    await countersign(offer, { ...signing, isKnown: (hash: Hash) => known.has(hash) });
    await showJob(session, state);
  } finally {
    file.close();
  }
}

/** @throws InputError for a job whose every row costs more than allowed */
function requireWithin({ price }: Offer, rows: number, limit: bigint): void {
  const total = price * BigInt(rows);
  if (total <= limit) return;
  throw new InputError("the job is dearer than allowed", {
    value: `${rows} rows at ${formatOpen(price)} OPEN: ${formatOpen(total)} OPEN`,
    limit: `${formatOpen(limit)} OPEN`,
    remedy: "Raise --max-total, or ask fewer questions.",
  });
}

/** @throws InputError for a job that another account has begun, or that was begun with another provider of the model */
function requireSameParties({ channel }: JobHeader, offer: Offer, account: string): void {
  if (channel.payer === asAddress(account) && channel.receiverAuthorizer === offer.provider) return;
  throw new InputError("the job was begun by another account, or with another provider", {
    value: `${channel.payer} and ${channel.receiverAuthorizer}`,
    limit: `${asAddress(account)} and ${offer.provider}`,
    remedy: "Take back what is left of it, and begin another with another --out.",
  });
}

function requireJob(file: string): JobState {
  const state = readAnswerFile(file);
  if (state !== undefined) return state;
  throw new NotFoundError("there is no such job", { value: file, remedy: "npx openledger job run begins one." });
}

async function showJob({ contracts, deployment, output }: Session, { header, answered }: JobState): Promise<void> {
  const channelId = channelHashes(BigInt(deployment.chainId)).idOf(header.channel);
  const { balance, totalClaimed } = await contracts.PaymentChannels.channels(channelId);
  const paid = answered.reduce((sum, { receipt }) => sum + receipt.fee, 0n);
  const owed = paid > totalClaimed ? paid : totalClaimed;
  const outcome = {
    ...{ job: header.job, modelId: header.modelId, rows: header.rows, answered: answered.length, paid, channelId },
    left: balance > owed ? balance - owed : 0n,
  };
  output.result(outcome, ({ left }) =>
    [
      `${answered.length} of ${header.rows} rows answered by model ${header.modelId} for ${formatOpen(paid)} OPEN.`,
      `Channel ${channelId}: ${formatOpen(left)} OPEN left.`,
    ].join("\n"),
  );
}

async function withdraw(session: Session, { header }: JobState, finish: boolean): Promise<void> {
  const { contracts, provider } = session;
  requireKey(session, "a withdrawal");
  const call = finish
    ? await finishWithdrawal(contracts, header.channel, await chainTime(provider))
    : await announceWithdrawal(contracts, header.channel);
  const mined = await session.send(call);
  session.finish({ finished: finish, transaction: mined?.hash }, () =>
    finish
      ? `What was left of the job is ${header.channel.payer}'s again.`
      : "Announced; in a day the same with --finish. Nothing more is answered for the job until then.",
  );
}
