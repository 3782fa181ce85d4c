import { rootHashOf, type ScoreRoot } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root as rootSchema } from "../api/schemas.ts";
import { interfaceOf } from "../chain/artifacts.ts";
import { blockTime } from "../chain/blockTime.ts";
import { findLastEvent } from "../chain/findEvents.ts";
import { DisagreementError, InputError, NotFoundError } from "../common/errors.ts";
import { getBundle } from "../jobs/bundleFiles.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { scoreRootSchema } from "../jobs/rootEvents.ts";
import { verifyCertificates } from "../jobs/verifyCertificates.ts";
import { NOT_REBUILT, type Verification, verifyRoot } from "../jobs/verifyRoot.ts";
import { openBundle } from "../settlement/bundle.ts";
import { voteCodec } from "../settlement/codecs.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { table } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, type Session, withSession } from "./session.ts";

interface VerifyOptions extends ChainOptions {
  readonly api: string;
}

/** `openledger verify`: rebuilds every root of a settlement from its published files and compares it with the chain. */
export const verifyCommand: AddCommand = (program) => {
  addChainOptions(addApiOption(program.command("verify")))
    .description("rebuild a score root from its published bundle and compare it with the chain")
    .argument("<root>", "a rootHash, or latest")
    .action((which: string, options: VerifyOptions) =>
      withSession(program, options, async (session) => {
        if (which !== "latest" && !/^0x[0-9a-fA-F]{64}$/u.test(which)) {
          throw new InputError("this is not a root", { value: which, limit: "0x and 64 digits, or latest" });
        }
        const known = await askApi(options.api, `/v1/roots/${which.toLowerCase()}`, rootSchema);
        const rootHash = asHash(known.rootHash);
        const posted = scoreRootSchema.parse(known.root);
        const postedAt = await requirePosted(session, rootHash, posted);
        if (known.bundle === undefined) {
          throw new NotFoundError("this operator has no bundle of the root", {
            value: rootHash,
            remedy: "Name another operator with --api; this one has not computed the root, or computed another one.",
          });
        }
        const published = { bundle: known.bundle, certificates: known.certificates };
        const verified = await fetchAndVerify(session, options.api, published, { rootHash, root: posted, postedAt });
        const outcome = { rootHash, root: posted, bundle: known.bundle, ...verified, notRebuilt: NOT_REBUILT };
        session.output.result(outcome, render);
        const failed = verified.checks.filter(({ holds }) => !holds);
        if (failed.length > 0) {
          throw new DisagreementError(`${failed.length} of ${verified.checks.length} checks do not hold`, {
            value: failed.map(({ name }) => name).join("; "),
            remedy: remedyOf(verified),
          });
        }
      }),
    );
};

/** Refuses a root that was never posted on the chain, or that is another one than its hash. Returns when it was posted. */
async function requirePosted(
  { provider, deployment, config }: Session,
  rootHash: Hash,
  stated: ScoreRoot,
): Promise<bigint> {
  const found = await findLastEvent(provider, {
    address: deployment.addresses.RewardDistributor,
    interface: interfaceOf("RewardDistributor"),
    name: "RootPosted",
    indexed: [rootHash],
    firstBlock: deployment.firstBlock,
    blocksPerRequest: config.OPENLEDGER_SCAN_BLOCKS,
  });
  if (found === undefined) {
    throw new NotFoundError("this root was never posted on the chain", {
      value: rootHash,
      limit: `a RootPosted event of ${deployment.addresses.RewardDistributor}`,
      remedy: "Check the hash, and that --deployment and --rpc are those of the operator.",
    });
  }
  const hash = rootHashOf(stated);
  if (hash !== rootHash) {
    throw new DisagreementError("the operator states another root than the one that was posted", {
      value: hash,
      limit: rootHash,
      remedy: "Name another operator with --api.",
    });
  }
  return blockTime(provider, found.blockNumber);
}

interface Published {
  readonly bundle: string;
  readonly certificates: string | undefined;
}

async function fetchAndVerify(
  session: Session,
  api: string,
  { bundle, certificates }: Published,
  { rootHash, root: { bundleHash }, postedAt }: { rootHash: Hash; root: ScoreRoot; postedAt: bigint },
): Promise<Verification> {
  const folder = mkdtempSync(join(tmpdir(), "openledger-verify-"));
  try {
    const content = createContentFiles(folder, [api]);
    const opened = openBundle(await getBundle(content, bundle, bundleHash));
    const votes = certificates === undefined ? [] : voteCodec.decode(await content.get(certificates), certificates);
    const chain = { ...session, blocksPerRequest: session.config.OPENLEDGER_SCAN_BLOCKS };
    const certified = await verifyCertificates(chain, opened.manifest, votes, postedAt);
    const verification = await verifyRoot(opened, rootHash, bundleHash, { ...session, content });
    return { ...verification, checks: [...verification.checks, certified] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function remedyOf({ difference }: Verification): string {
  if (difference?.remedy === undefined)
    return "Compare with the bundle of another operator; while the root is pending it can be disputed.";
  return `While the root is pending, prove it on the chain: ${difference.remedy} (docs/protocol.md §7).`;
}

function render({ rootHash, root, checks }: Verification & { rootHash: string; root: ScoreRoot }): string {
  return [
    `Root ${rootHash}, epochs ${root.firstEpoch} to ${root.lastEpoch}, rebuilt from its published files:`,
    "",
    table(checks, [
      { title: "", value: ({ holds }) => (holds ? "ok" : "WRONG") },
      { title: "compared", value: ({ compared }) => `${compared}`, align: "right" },
      { title: "what", value: ({ name, problem }) => (problem === undefined ? name : `${name}: ${problem}`) },
    ]),
    "",
    "Not rebuilt, because no file can show it:",
    ...NOT_REBUILT.map((item) => `- ${item}.`),
  ].join("\n");
}
