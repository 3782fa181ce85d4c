import { join } from "node:path";
import type { Address } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { Option } from "commander";
import { eventOf } from "../chain/eventOf.ts";
import { InputError } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { createShutdown } from "../common/shutdown.ts";
import { type AnyExample, isWritten } from "../data/example.ts";
import { loadFile } from "../data/loadFile.ts";
import { loadRows } from "../data/tabular/loadRows.ts";
import { loadWritten } from "../data/written/loadWritten.ts";
import { schemeId } from "../attribution/scheme.ts";
import { requireCertifiableAnswers } from "../jobs/answers/certifyAnswers.ts";
import { type CertifyOptions, requireCertifiable } from "../jobs/certify.ts";
import type { Context } from "../jobs/context.ts";
import { openContext } from "../jobs/openContext.ts";
import { fetchContributed, prepareTraining, presentContributions } from "../jobs/prepareTraining.ts";
import { trainArtefacts } from "../jobs/publishVersion.ts";
import { scanStage } from "../jobs/stages/scan.ts";
import { trainingSize } from "../jobs/trainingSize.ts";
import { holdsWritings } from "../jobs/versionData.ts";
import { addApiOption } from "./apiClient.ts";
import { sayProgress } from "./evaluate/flags.ts";
import { addBackendOption, type BackendFlag, retrainerOf } from "./backend.ts";
import { previewTraining } from "./previewTraining.ts";
import { amountOption, collect, parseAddress, parseAmount, parseCount, parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import type { Call } from "../actions/call.ts";
import { requireDatanet } from "../actions/datanets.ts";
import { publishCall, requirePublishable, requirePublished } from "./publishable.ts";
import {
  addChainOptions,
  addStateOption,
  allowAt,
  requireStateDirectory,
  type Session,
  withSession,
} from "./session.ts";
import { choiceOf, type ChoiceOptions, requireTask, WRITTEN_TASKS } from "./trainingChoice.ts";
import { announceFee, requireFee } from "./trainingFee.ts";

interface TrainOptions extends ChoiceOptions, BackendFlag {
  readonly api: string;
  readonly datanet: bigint[];
  readonly model?: bigint;
  readonly provider?: Address;
  readonly price: bigint;
  readonly parent?: bigint;
  readonly parentShare: number;
  readonly maxFee?: bigint;
  readonly test?: string;
  readonly target?: string;
}

const BPS_PER_PERCENT = 100;

/** `openledger train`: a version of a model, from the present state of its Datanets. */
export const trainCommand: AddCommand = (program) => {
  const command = addStateOption(addChainOptions(addApiOption(program.command("train"))));
  addBackendOption(command, "a preview, which sends and publishes nothing")
    .description("pin Datanets, train on them, and publish the version of a new or an existing model")
    .requiredOption("--datanet <id>", "a Datanet to train on; may be repeated", collect(parseId))
    .option("--model <id>", "publish a version of this model instead of minting one", parseId)
    .option("--provider <address>", "serves the new model; the key's account when absent", parseAddress)
    .addOption(amountOption("--price <OPEN>", "price of an answer of the new model", 0n))
    .option("--parent <id>", "the model that the new one derives from and pays royalties to", parseId)
    .option("--parent-share <percent>", "its share of the owner's part", parseCount, 15)
    .option("--parent-version <id>", "start from the weights of this version", parseId)
    .option("--seed <number>", "seed of the training", parseCount, 1)
    .option("--members <count>", "models in the ensemble", parseCount, 4)
    .option("--epochs <count>", "passes over the data", parseCount, 8)
    .addOption(
      new Option(
        "--task <what>",
        "what the model answers with: labels, passages of documents, what it writes, or what it writes from passages",
      )
        .choices(["labels", "answers", "chat", "quotes"])
        .default("labels"),
    )
    .option(
      "--base <name>",
      "pretrained encoder that labels or answers stand on, or generator that writes them: the name or hash of one that was added (openledger base)",
    )
    .option("--encoder <name>", "pretrained encoder by which a generator's passages are found: one that was added")
    .option(
      "--recipe <file>",
      "JSON with parts of the recipe in the place of the usual ones, such as layers or optimizer",
    )
    .option("--max-fee <OPEN>", "refuse a training fee above this", parseAmount)
    .option("--test <file>", "examples to measure the accuracy on, never trained on")
    .option(
      "--target <name>",
      "column of the test file that is to be foretold, where the Datanets hold rows of a table",
    )
    .option("--certify <count>", "measure the scores by retraining so many coalitions of contributors", parseCount)
    .action((options: TrainOptions) =>
      withSession(program, options, async (session) => {
        const test = await testExamples(options);
        if (options.backend === "node") await preview(session, options, test);
        else if (session.wallet === undefined) await showPlan(session, options);
        else await train(session, options, test);
      }),
    );
};

async function preview(session: Session, options: TrainOptions, test: readonly AnyExample[]): Promise<void> {
  if (options.certify !== undefined) {
    throw new InputError("a certificate is not measured with native TensorFlow", {
      value: `--backend ${options.backend} --certify ${options.certify}`,
      remedy: "Leave one of the two away.",
    });
  }
  if (options.task !== "labels") {
    throw new InputError("a preview is of a model with labels", {
      value: `--backend ${options.backend} --task ${options.task}`,
      remedy: "Leave one of the two away.",
    });
  }
  const labelledTest = test.filter((example) => !isWritten(example));
  const source = { api: options.api, datanetIds: options.datanet, choice: choiceOf(options), test: labelledTest };
  await previewTraining(session, source, retrainerOf(options));
}

async function testExamples({ test, task, target }: TrainOptions): Promise<readonly AnyExample[]> {
  if (test === undefined) return [];
  if (task !== "labels") return (await loadWritten(test)).examples;
  return target === undefined ? loadFile(test).examples : loadRows(test, { target }).examples;
}

/** What would be sent before the training; the version's artefacts are known only after it. */
async function showPlan(session: Session, options: TrainOptions): Promise<void> {
  for (const datanetId of options.datanet) await requireDatanet(session.contracts, datanetId);
  for (const datanetId of options.datanet) await pin(session, datanetId);
  if (options.model === undefined) await mint(session, options);
  session.finish({}, () => "");
}

async function train(session: Session, options: TrainOptions, test: readonly AnyExample[]): Promise<void> {
  const { output, config } = session;
  const state = requireStateDirectory(session);
  const shutdown = createShutdown((problem) => {
    output.say(`warning: ${problem}`);
  });
  try {
    const sources = [...config.OPENLEDGER_PEERS, options.api];
    const log = createLogger({ level: "error" });
    const { context } = await openContext({ ...config, OPENLEDGER_PEERS: sources }, log, shutdown);
    const datanetIds = [...new Set(options.datanet)].sort((a, b) => (a < b ? -1 : 1));
    output.say(`Datanets ${datanetIds.join(", ")}: reading the chain and the data`);
    await rehearse(session, context, options, datanetIds, test);

    const snapshotIds: bigint[] = [];
    for (const datanetId of datanetIds) snapshotIds.push((await pin(session, datanetId))!);
    const modelId = options.model ?? (await mint(session, options))!;
    output.say(`Model ${modelId}, snapshots ${snapshotIds.join(", ")}: training`);
    await scanStage(context).run("chain");
    const certify = options.certify === undefined ? undefined : certifyOptions(options.certify, state);
    const { accuracy, trainingRows, duplicates, certificate, ...artefacts } = await trainArtefacts(
      context,
      snapshotIds,
      choiceOf(options),
      test,
      certify,
    );
    const trainingFee = await requireFee(session, artefacts.size, options.maxFee);
    const { spender, call } = await publishCall(session, modelId, artefacts, trainingFee);
    await allowAt(session, spender, trainingFee);
    const mined = await session.send(call);
    const versionId = eventOf(mined!, session.contracts.ModelRegistry, "VersionPublished").args["versionId"] as bigint;
    const certificateBps = certificate?.certificateBps;
    const outcome = {
      ...{ modelId, versionId, ...artefacts, trainingFee, accuracy, trainingRows, duplicates, certificateBps },
      transaction: mined!.hash,
    };
    session.finish(outcome, () =>
      [
        `Version ${versionId} of model ${modelId}, trained on ${trainingRows} examples (${duplicates} repetitions left out).`,
        ...(accuracy === undefined
          ? []
          : [`${(100 * accuracy).toFixed(2)} % of the test examples are answered right.`]),
        ...(certificate === undefined
          ? []
          : [
              `Certificate: ${certificate.certificateBps} of 10,000 from ${certificate.study.coalitions} retrained coalitions.`,
            ]),
        `${formatOpen(trainingFee)} OPEN are escrowed for the operators that train it again; they return if none does.`,
        `weights ${artefacts.weightsHash}, files at ${artefacts.uri}`,
        "Serve them until the operators have trained it again: npx openledger serve",
      ].join("\n"),
    );
  } finally {
    await shutdown.close();
  }
}

/** Does everything that can fail before anything is paid for: no snapshot is pinned for a training that cannot be published. */
async function rehearse(
  session: Session,
  context: Context,
  options: TrainOptions,
  datanetIds: readonly bigint[],
  test: readonly AnyExample[],
): Promise<void> {
  for (const datanetId of datanetIds) await requireDatanet(session.contracts, datanetId);
  if (options.parentVersion !== undefined) await requirePublished(session, options.parentVersion);
  for (const datanetId of datanetIds) await session.rehearse(pinCall(datanetId));
  if (options.model === undefined) await session.rehearse(mintCall(session, options));
  await scanStage(context).run("chain");
  const present = await presentContributions(context, datanetIds);
  const contributed = await fetchContributed(context, datanetIds, present);
  requireTask(options, holdsWritings(contributed));
  const publishable = {
    ...{ datanetIds, model: options.model, price: options.price },
    derives: options.parent !== undefined,
  };
  if (options.task !== "labels") {
    if (options.certify !== undefined) requireCertifiableAnswers(contributed, test, options.certify);
    const { rehearseTraining, scheme } = WRITTEN_TASKS[options.task];
    await announceFee(session, await rehearseTraining(context, contributed, choiceOf(options)), options.maxFee);
    await requirePublishable(session, { ...publishable, schemeId: schemeId(scheme) });
    return;
  }
  const { plan, scheme, train: labelled, data } = await prepareTraining(context, contributed, choiceOf(options));
  await announceFee(session, trainingSize(plan.recipe, data.training.rows), options.maxFee);
  await requirePublishable(session, { ...publishable, schemeId: schemeId(scheme) });
  const labelledTest = test.filter((example) => !isWritten(example));
  if (options.certify !== undefined) requireCertifiable({ plan, contributed: labelled }, labelledTest, options.certify);
}

/** Results are kept beside the state's other files, so that the same command goes on after an interruption. */
function certifyOptions(coalitions: number, state: string): CertifyOptions {
  return { coalitions, folder: join(state, "certificates"), onProgress: sayProgress };
}

function pinCall(datanetId: bigint): Call {
  return { kind: "pin snapshot", contract: "ModelRegistry", method: "pinSnapshot", args: [datanetId] };
}

async function pin(session: Session, datanetId: bigint): Promise<bigint | undefined> {
  const mined = await session.send(pinCall(datanetId));
  return mined && (eventOf(mined, session.contracts.ModelRegistry, "SnapshotPinned").args["snapshotId"] as bigint);
}

/** @throws InputError for a new model without a provider */
function providerOf({ wallet }: Session, options: TrainOptions): string {
  const provider = options.provider ?? wallet?.address;
  if (provider === undefined) {
    throw new InputError("the new model needs a provider", {
      limit: "an address that serves it and signs its receipts",
      remedy: "Give --provider, or a key.",
    });
  }
  return provider;
}

function mintCall(session: Session, options: TrainOptions): Call {
  const terms = {
    parents:
      options.parent === undefined
        ? []
        : [{ modelId: options.parent, shareBps: options.parentShare * BPS_PER_PERCENT }],
    provider: providerOf(session, options),
    price: options.price,
    base: false,
  };
  return { kind: "mint model", contract: "ModelRegistry", method: "mint", args: [terms, ""] };
}

async function mint(session: Session, options: TrainOptions): Promise<bigint | undefined> {
  const price = formatOpen(options.price);
  session.output.say(`Minting a model served by ${providerOf(session, options)} for ${price} OPEN per answer`);
  const mined = await session.send(mintCall(session, options));
  return mined && (eventOf(mined, session.contracts.ModelRegistry, "ModelMinted").args["modelId"] as bigint);
}
