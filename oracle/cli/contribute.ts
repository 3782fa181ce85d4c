import { presentCaps } from "../actions/datanets.ts";
import { join } from "node:path";
import type { ContributionKind } from "@openledger/protocol/registry/submission.ts";
import { eventOf } from "../chain/eventOf.ts";
import type { MinedTransaction } from "../chain/send.ts";
import { InputError } from "../common/errors.ts";
import { printable } from "../common/printable.ts";
import type { AnyExample } from "../data/example.ts";
import { loadWritten } from "../data/written/loadWritten.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { partsOf, prepareSubmissions } from "../jobs/contribution.ts";
import { putSubmission } from "../jobs/submissionFiles.ts";
import { addApiOption } from "./apiClient.ts";
import { confirm } from "./confirm.ts";
import { consent, relay, type StoredSubmission } from "./consent.ts";
import { contributedExamples } from "./contributed.ts";
import { addDataFileOptions, type DataFileOptions, describePreview, previewFile, readDataFile } from "./dataFile.ts";
import { parseCount, parseId, parseNewFile } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import {
  addChainOptions,
  addStateOption,
  allow,
  type ChainOptions,
  requireStateDirectory,
  type Session,
  withSession,
} from "./session.ts";
import { costOf, describeCost, requireAdmission, showSubmitted } from "./submit.ts";

interface ContributeOptions extends ChainOptions, DataFileOptions {
  readonly datanet?: bigint;
  readonly documents: boolean;
  readonly language?: string;
  readonly api: string;
  readonly yes: boolean;
  readonly quality: boolean;
  readonly consent?: string;
  readonly relay?: string;
  readonly revoke?: bigint;
  readonly validFor: number;
}

/** `openledger contribute`: registers data, or takes it back. */
export const contributeCommand: AddCommand = (program) => {
  const command = addStateOption(addChainOptions(program.command("contribute")))
    .description(
      "register a file's examples in a Datanet, one contribution per label or source; or revoke a contribution",
    )
    .option("--datanet <id>", "the Datanet", parseId);
  addApiOption(addDataFileOptions(command))
    .option("--documents", "the file or folder holds documents, or questions with the passages that answer them", false)
    .option("--language <tag>", "language of documents that do not say theirs, such as en")
    .option("--yes", "send without asking", false)
    .option("--quality", "data that says what is good, never trained on; curators only", false)
    .option("--consent <file>", "sign instead of sending, for a relayer that pays bond and fee", parseNewFile)
    .option("--valid-for <seconds>", "how long the consent counts", parseCount, 86_400)
    .option("--relay <file>", "send and pay what a contributor has signed")
    .option("--revoke <id>", "withdraw a contribution: it accrues nothing from the next epoch on", parseId)
    .action((options: ContributeOptions) =>
      withSession(program, options, async (session) => {
        if (options.revoke !== undefined) await revoke(session, options.revoke);
        else if (options.relay !== undefined) await relay(session, options.relay);
        else await contribute(session, options);
      }),
    );
};

async function contribute(session: Session, options: ContributeOptions): Promise<void> {
  const { datanet: datanetId, file } = options;
  if (datanetId === undefined || file === undefined) {
    throw new InputError("there is nothing to contribute", {
      limit: "--datanet with --file, --relay, or --revoke",
      remedy: "npx openledger contribute --help",
    });
  }
  const caps = await presentCaps(session.contracts, datanetId);
  const { examples, about, shown } = options.documents
    ? await readWritten(file, options)
    : await readLabelled(session, file, datanetId, options);
  const contributions = partsOf(examples).length;
  const cost = costOf(caps, contributions);
  session.output.say(`${shown}\n${describeCost(caps, contributions)}`);
  if (session.wallet === undefined) {
    const plan = { dryRun: true, ...about, contributions, cost, caps };
    session.output.result(plan, () => "Dry run: nothing was published or sent. Give a key to contribute.");
    return;
  }
  const directory = requireStateDirectory(session);
  const kind: ContributionKind = options.quality ? "quality" : "train";
  await requireAdmission(session, datanetId, kind, session.wallet.address);
  if (!options.yes) await confirm("Register them?", session.output);
  const content = createContentFiles(join(directory, "content"), []);
  const prepared: StoredSubmission[] = [];
  for (const submission of prepareSubmissions(session.wallet, datanetId, kind, examples)) {
    prepared.push({ ...submission, uri: await putSubmission(content, submission.contents) });
  }
  if (options.consent !== undefined) {
    await consent(session, { datanetId, caps }, prepared, options.consent, options.validFor);
    return;
  }
  await allow(session, "ContributionRegistry", cost);
  const mined: (MinedTransaction | undefined)[] = [];
  for (const { parts, uri } of prepared) {
    mined.push(
      await session.send({
        kind: "submit contributions",
        contract: "ContributionRegistry",
        method: "submit",
        args: [datanetId, parts, uri, caps],
      }),
    );
  }
  showSubmitted(session, mined);
}

/** Examples of a file, what a dry run says of them, and the same in lines for people. */
interface ReadFile {
  readonly examples: readonly AnyExample[];
  readonly about: object;
  readonly shown: string;
}

async function readWritten(file: string, { language, skipBad }: ContributeOptions): Promise<ReadFile> {
  const { examples, badRows } = await loadWritten(file, { skipBad, ...(language === undefined ? {} : { language }) });
  const leftOut = badRows.map(({ message }) => `left out: ${printable(message)}`);
  return {
    examples,
    about: { examples: examples.length, leftOut: badRows },
    shown: [...leftOut, `${examples.length} documents and questions`].join("\n"),
  };
}

async function readLabelled(
  session: Session,
  file: string,
  datanetId: bigint,
  options: ContributeOptions,
): Promise<ReadFile> {
  const loaded = readDataFile(file, options);
  const preview = previewFile(file, loaded, await contributedExamples(session, options.api, datanetId));
  return { examples: loaded.examples, about: preview, shown: describePreview(preview) };
}

async function revoke(session: Session, contributionId: bigint): Promise<void> {
  const { ContributionRegistry } = session.contracts;
  const mined = await session.send({
    kind: "revoke contribution",
    contract: "ContributionRegistry",
    method: "revoke",
    args: [contributionId],
  });
  const revokedFrom = mined && (eventOf(mined, ContributionRegistry, "Revoked").args["effectiveEpoch"] as bigint);
  const stale = mined === undefined ? [] : await markStale(session, contributionId);
  session.finish({ contributionId, revokedFrom, stale, transaction: mined?.hash }, () =>
    [
      `Contribution ${contributionId} accrues nothing from epoch ${revokedFrom} on (${mined?.hash}).`,
      ...(stale.length === 0 ? [] : [`Versions that were trained on it are marked as stale: ${stale.join(", ")}.`]),
      "Its bond can be withdrawn after the cool-off.",
    ].join("\n"),
  );
}

/** Marks every version that was made from a revoked contribution; returns their ids. */
async function markStale(session: Session, contributionId: bigint): Promise<bigint[]> {
  const { ModelRegistry } = session.contracts;
  const versions = Array.from({ length: Number(await ModelRegistry.versionCount()) }, (_, i) => BigInt(i + 1));
  const uses = await Promise.all(versions.map((versionId) => ModelRegistry.inVersion(versionId, contributionId)));
  const stale = versions.filter((_, i) => uses[i]);
  for (const versionId of stale) {
    await session.send({
      kind: "mark version stale",
      contract: "ModelRegistry",
      method: "markStale",
      args: [versionId, contributionId],
    });
  }
  return stale;
}
