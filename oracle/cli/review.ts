import { createHmac } from "node:crypto";
import { asAddress, asHash, type Hash } from "@openledger/protocol/hex.ts";
import { reviewCommitment } from "@openledger/protocol/registry/submission.ts";
import { z } from "zod";
import { isoTime } from "../common/isoTime.ts";
import { submission as submissionSchema } from "../api/schemas.ts";
import { interfaceOf } from "../chain/artifacts.ts";
import { findLastEvent } from "../chain/findEvents.ts";
import type { LocalWallet } from "../chain/wallet.ts";
import { InputError } from "../common/errors.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { table } from "./output.ts";
import { parseId } from "./parse.ts";
import { allParts, parseParts } from "./parts.ts";
import type { AddCommand } from "./program.ts";
import { addChainOptions, type ChainOptions, chainTime, requireKey, type Session, withSession } from "./session.ts";

interface VoteOptions extends ChainOptions {
  readonly approve?: string;
}

/** `openledger review`: validators' votes on submissions. */
export const reviewCommand: AddCommand = (program) => {
  const review = program.command("review").description("vote on submissions: commit, reveal, resolve");

  addChainOptions(addApiOption(review.command("list")))
    .description("submissions that are under review, and what can be done now")
    .action((options: ChainOptions & { readonly api: string }) =>
      withSession(program, options, async (session) => {
        const schema = z.object({ submissions: z.array(submissionSchema) });
        const { submissions } = await askApi(options.api, "/v1/submissions?open=true&limit=1000", schema);
        const now = await chainTime(session.provider);
        const rows = await Promise.all(
          submissions.map(async (submission) => ({ ...submission, phase: await phaseOf(session, submission, now) })),
        );
        session.output.result(rows, (all) =>
          table(all, [
            { title: "submission", value: ({ submissionId }) => `${submissionId}`, align: "right" },
            { title: "Datanet", value: ({ datanetId }) => `${datanetId}`, align: "right" },
            { title: "contributor", value: ({ contributor }) => contributor },
            { title: "parts", value: ({ parts }) => `${parts.length}`, align: "right" },
            {
              title: "examples",
              value: ({ parts }) => `${parts.reduce((sum, part) => sum + part.examples, 0)}`,
              align: "right",
            },
            { title: "now", value: ({ phase }) => phase },
          ]),
        );
      }),
    );

  addChainOptions(review.command("commit"))
    .description("commit to a vote; it stays secret until it is revealed")
    .argument("<submission>", "its id", parseId)
    .requiredOption("--approve <parts>", "all, none, or places from 0 such as 0,2,5-9")
    .action((submissionId: bigint, options: VoteOptions) =>
      withSession(program, options, async (session) => {
        const wallet = requireKey(session, "voting");
        const { size } = await session.contracts.ContributionRegistry.submissionOf(submissionId);
        const mask = parseParts(options.approve!, Number(size));
        const { number, endsAt } = await session.contracts.ContributionReview.roundOf(submissionId);
        const round = endsAt === 0n ? number + 1n : number;
        const commitment = commitmentOf(session, wallet, submissionId, round, mask);
        const mined = await session.send({
          kind: "commit vote",
          contract: "ContributionReview",
          method: "commit",
          args: [submissionId, commitment],
        });
        const { revealsFrom } = await session.contracts.ContributionReview.roundOf(submissionId);
        session.finish({ submissionId, commitment, revealsFrom, transaction: mined?.hash }, () =>
          [
            `Committed in ${mined?.hash}.`,
            `Reveal from ${isoTime(revealsFrom)} on, with the same key: npx openledger review reveal ${submissionId}` +
              (mask === 0n || mask === allParts(Number(size)) ? "" : ` --approve ${options.approve}`),
          ].join("\n"),
        );
      }),
    );

  addChainOptions(review.command("reveal"))
    .description("open a committed vote")
    .argument("<submission>", "its id", parseId)
    .option("--approve <parts>", "the choice that was committed; not needed for all and none")
    .action((submissionId: bigint, options: VoteOptions) =>
      withSession(program, options, async (session) => {
        const wallet = requireKey(session, "voting");
        const { size } = await session.contracts.ContributionRegistry.submissionOf(submissionId);
        const { number } = await session.contracts.ContributionReview.roundOf(submissionId);
        const committed = await commitmentOnChain(session, wallet, submissionId, number);
        const candidates =
          options.approve === undefined ? [allParts(Number(size)), 0n] : [parseParts(options.approve, Number(size))];
        const mask = candidates.find(
          (candidate) => commitmentOf(session, wallet, submissionId, number, candidate) === committed,
        );
        if (mask === undefined) {
          throw new InputError("this is not the vote that was committed", {
            value: options.approve ?? "all, none",
            limit: `a choice with commitment ${committed}`,
            remedy: "Give --approve exactly as it was committed, with the key that committed.",
          });
        }
        const salt = saltOf(session, wallet, submissionId, number);
        const mined = await session.send({
          kind: "reveal vote",
          contract: "ContributionReview",
          method: "reveal",
          args: [submissionId, mask, salt],
        });
        session.finish(
          { submissionId, approvedMask: mask, transaction: mined?.hash },
          () => `Revealed in ${mined?.hash}.`,
        );
      }),
    );

  addChainOptions(review.command("resolve"))
    .description("end a review whose reveal phase is over; anyone may")
    .argument("<submission>", "its id", parseId)
    .action((submissionId: bigint, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const mined = await session.send({
          kind: "resolve review",
          contract: "ContributionReview",
          method: "resolve",
          args: [submissionId],
        });
        const { resolved, acceptedMask } = await session.contracts.ContributionRegistry.submissionOf(submissionId);
        session.finish({ submissionId, resolved, acceptedMask, transaction: mined?.hash }, () =>
          resolved
            ? `Decided in ${mined?.hash}: accepted parts are mask 0x${acceptedMask.toString(16)}.`
            : `Too few votes were revealed: the next commitment opens another round.`,
        );
      }),
    );
};

async function phaseOf(
  { contracts }: Session,
  { submissionId }: z.output<typeof submissionSchema>,
  now: bigint,
): Promise<string> {
  const { revealsFrom, endsAt, committed, revealed } = await contracts.ContributionReview.roundOf(submissionId);
  if (endsAt === 0n) return "commit: no vote yet";
  if (now < revealsFrom) return `commit until ${isoTime(revealsFrom)}: ${committed} votes`;
  if (now < endsAt) return `reveal until ${isoTime(endsAt)}: ${revealed} of ${committed}`;
  return `resolve: ${revealed} of ${committed} revealed`;
}

/**
 * The salt of a vote: nobody else can compute it, and this key's holder can compute it again, so that there is nothing to
 * lose between commit and reveal. It differs from round to round because a reveal publishes it.
 */
function saltOf({ deployment }: Session, wallet: LocalWallet, submissionId: bigint, round: bigint): Hash {
  const subject = `vote ${deployment.chainId} ${deployment.addresses.ContributionReview} ${submissionId} ${round}`;
  return asHash(`0x${createHmac("sha256", wallet.privateKey).update(subject).digest("hex")}`);
}

function commitmentOf(session: Session, wallet: LocalWallet, submissionId: bigint, round: bigint, mask: bigint): Hash {
  return reviewCommitment(submissionId, asAddress(wallet.address), mask, saltOf(session, wallet, submissionId, round));
}

async function commitmentOnChain(
  { provider, deployment, config }: Session,
  wallet: LocalWallet,
  submissionId: bigint,
  round: bigint,
): Promise<string> {
  const found = await findLastEvent(provider, {
    address: deployment.addresses.ContributionReview,
    interface: interfaceOf("ContributionReview"),
    name: "Committed",
    indexed: [submissionId, round, wallet.address],
    firstBlock: deployment.firstBlock,
    blocksPerRequest: config.OPENLEDGER_SCAN_BLOCKS,
  });
  if (found !== undefined) return String(found.event.args["commitment"]);
  throw new InputError("this key has not committed a vote in the present round", {
    value: `submission ${submissionId}, round ${round}`,
    remedy: "Commit first: npx openledger review commit.",
  });
}
