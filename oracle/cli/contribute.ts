import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { consentType } from "@openledger/protocol/eip712/consent.ts";
import { signingDomain } from "@openledger/protocol/eip712/domain.ts";
import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import { type ContributionKind, hashParts } from "@openledger/protocol/registry/submission.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import { z } from "zod";
import { integer } from "../api/schemas.ts";
import { interfaceOf } from "../chain/artifacts.ts";
import { eventOf } from "../chain/eventOf.ts";
import type { MinedTransaction } from "../chain/send.ts";
import { InputError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import { loadFile } from "../data/loadFile.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { type PreparedSubmission, prepareSubmissions } from "../jobs/contribution.ts";
import { putSubmission } from "../jobs/submissionFiles.ts";
import { readDocument } from "./documents.ts";
import { table } from "./output.ts";
import { parseCount, parseId } from "./parse.ts";
import type { AddCommand } from "./program.ts";
import {
  addChainOptions,
  addStateOption,
  allow,
  type ChainOptions,
  chainTime,
  requireKey,
  requireStateDirectory,
  type Session,
  withSession,
} from "./session.ts";

interface ContributeOptions extends ChainOptions {
  readonly datanet?: bigint;
  readonly file?: string;
  readonly label?: string;
  readonly skipBad: boolean;
  readonly quality: boolean;
  readonly consent?: string;
  readonly relay?: string;
  readonly revoke?: bigint;
  readonly validFor: number;
}

const KINDS: readonly ContributionKind[] = ["train", "quality"];

const part = z.strictObject({
  kind: z.union([z.literal(0), z.literal(1)]),
  contentRoot: z.string().transform((text) => asHash(text)),
  examples: z.number().int().positive(),
});

/** Submissions that their contributor has signed, for somebody else to send and pay. */
const consentDocument = z.strictObject({
  format: z.literal("openledger-consent/1"),
  contributor: z.string().transform((text) => asAddress(text)),
  datanetId: integer,
  deadline: integer,
  submissions: z
    .array(
      z.strictObject({
        parts: z.array(part).min(1),
        uri: z.string(),
        signature: z.string().regex(/^0x([0-9a-f]{2})+$/u),
      }),
    )
    .min(1),
});

/** `openledger contribute`: registers data, or takes it back. */
export const contributeCommand: AddCommand = (program) => {
  addStateOption(addChainOptions(program.command("contribute")))
    .description("register a file's examples in a Datanet, one contribution per label; or revoke a contribution")
    .option("--datanet <id>", "the Datanet", parseId)
    .option("--file <file>", ".jsonl, .csv, .tsv or .txt, also with .gz")
    .option("--label <label>", "label of every paragraph of a .txt file")
    .option("--skip-bad", "leave bad rows out and list them", false)
    .option("--quality", "data that says what is good, never trained on; curators only", false)
    .option("--consent <file>", "sign instead of sending, for a relayer that pays bond and fee")
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
  const { examples, badRows } = loadFile(file, {
    skipBad: options.skipBad,
    ...(options.label === undefined ? {} : { label: options.label }),
  });
  for (const { message } of badRows) session.output.say(`left out: ${message}`);
  const labels = new Set(examples.map(({ label }) => label));
  const cost = await costOf(session, datanetId, labels.size);
  session.output.say(
    `${examples.length} examples, ${labels.size} contributions: ${formatOpen(cost)} OPEN for bonds and review fees`,
  );
  if (session.wallet === undefined) {
    const plan = { dryRun: true, examples: examples.length, contributions: labels.size, cost };
    session.output.result(plan, () => "Dry run: nothing was published or sent. Give a key to contribute.");
    return;
  }
  const directory = requireStateDirectory(session);
  const kind: ContributionKind = options.quality ? "quality" : "train";
  const content = createContentFiles(join(directory, "content"), []);
  const prepared: (PreparedSubmission & { readonly uri: string })[] = [];
  for (const submission of prepareSubmissions(session.wallet, datanetId, kind, examples)) {
    prepared.push({ ...submission, uri: await putSubmission(content, submission.contents) });
  }
  if (options.consent !== undefined) {
    await consent(session, datanetId, prepared, options.consent, options.validFor);
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
        args: [datanetId, parts, uri],
      }),
    );
  }
  finish(session, mined);
}

/** Signs the submissions with consecutive nonces. */
async function consent(
  session: Session,
  datanetId: bigint,
  prepared: readonly (PreparedSubmission & { readonly uri: string })[],
  file: string,
  validFor: number,
): Promise<void> {
  const wallet = requireKey(session, "consenting");
  const registry = asAddress(session.deployment.addresses.ContributionRegistry);
  const domain = signingDomain(BigInt(session.deployment.chainId), registry);
  const deadline = (await chainTime(session.provider)) + BigInt(validFor);
  const first = await nonceOf(session, wallet.address);
  const submissions = await Promise.all(
    prepared.map(async ({ parts, uri }, i) => {
      const partsHash = hashParts(parts.map((item) => ({ ...item, kind: KINDS[item.kind]! })));
      const contributor = asAddress(wallet.address);
      const message = { contributor, datanetId, partsHash, uri, nonce: first + BigInt(i), deadline };
      return { parts, uri, signature: await wallet.signTypedData({ ...domain }, consentType.types, message) };
    }),
  );
  const document = { format: "openledger-consent/1", contributor: wallet.address, datanetId, deadline, submissions };
  writeFileSync(file, `${toJson(document, 2)}\n`);
  session.output.result({ file, ...document }, () =>
    [
      `Signed ${submissions.length} submissions, in ${file}.`,
      "Whoever sends them pays bond and fee, and gets them back: npx openledger contribute --relay FILE",
    ].join("\n"),
  );
}

async function relay(session: Session, file: string): Promise<void> {
  const { contributor, datanetId, deadline, submissions } = readDocument(file, consentDocument, "a signed consent");
  const now = await chainTime(session.provider);
  if (deadline < now) {
    throw new InputError("the consent has expired", {
      value: `${deadline}`,
      limit: `after ${now}, the chain's time in unix seconds`,
      remedy: "Let the contributor sign again: npx openledger contribute --consent FILE.",
    });
  }
  const parts = submissions.reduce((sum, submission) => sum + submission.parts.length, 0);
  await allow(session, "ContributionRegistry", await costOf(session, datanetId, parts));
  const mined: (MinedTransaction | undefined)[] = [];
  for (const submission of submissions) {
    mined.push(
      await session.send({
        kind: "submit for a contributor",
        contract: "ContributionRegistry",
        method: "submitFor",
        args: [contributor, datanetId, submission.parts, submission.uri, deadline, submission.signature],
      }),
    );
  }
  finish(session, mined);
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

/** OPEN wei of bonds and review fees. */
async function costOf({ contracts }: Session, datanetId: bigint, parts: number): Promise<bigint> {
  const count = await contracts.DatanetRegistry.count();
  if (datanetId > count) {
    throw new InputError("there is no such Datanet", {
      value: datanetId,
      limit: `1 to ${count}`,
      remedy: "npx openledger datanet list",
    });
  }
  const { bond, reviewFee } = await contracts.DatanetRegistry.termsOf(datanetId);
  return BigInt(parts) * (bond + reviewFee);
}

/** The nonce of the contributor's next consent; a part of the implementation, not of the interface. */
async function nonceOf({ provider, deployment }: Session, account: string): Promise<bigint> {
  const abi = interfaceOf("ContributionRegistry");
  const data = abi.encodeFunctionData("nonces", [account]);
  const [nonce] = abi.decodeFunctionResult(
    "nonces",
    await provider.call({ to: deployment.addresses.ContributionRegistry, data }),
  );
  return nonce as bigint;
}

function finish(session: Session, mined: readonly (MinedTransaction | undefined)[]): void {
  const submitted = mined.flatMap((transaction) => {
    if (transaction === undefined) return [];
    const { args } = eventOf(transaction, session.contracts.ContributionRegistry, "Submitted");
    const first = args["firstContributionId"] as bigint;
    const parts = args["parts"] as readonly unknown[];
    return [
      {
        submissionId: args["submissionId"] as bigint,
        contributions: `${first}-${first + BigInt(parts.length) - 1n}`,
        transaction: transaction.hash,
      },
    ];
  });
  session.finish({ submitted }, () =>
    [
      table(submitted, [
        { title: "submission", value: ({ submissionId }) => `${submissionId}`, align: "right" },
        { title: "contributions", value: ({ contributions }) => contributions },
        { title: "transaction", value: ({ transaction }) => transaction },
      ]),
      "Serve your files until they are reviewed and trained on: npx openledger serve",
    ].join("\n"),
  );
}
