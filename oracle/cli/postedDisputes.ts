import { rootHashOf } from "@openledger/protocol/eip712/scoreRoot.ts";
import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { formatOpen } from "@openledger/protocol/units.ts";
import type { Command } from "commander";
import { endDemand } from "../actions/demands.ts";
import { root as rootSchema, version as versionSchema } from "../api/schemas.ts";
import { interfaceOf } from "../chain/artifacts.ts";
import { eventOf } from "../chain/eventOf.ts";
import { findLastEvent } from "../chain/findEvents.ts";
import { DisagreementError, InputError, NotFoundError } from "../common/errors.ts";
import { isoTime } from "../common/isoTime.ts";
import { getBundle } from "../jobs/bundleFiles.ts";
import { statedIndex } from "../jobs/indexEvents.ts";
import { getIndex } from "../jobs/indexFiles.ts";
import { scoreRootSchema } from "../jobs/rootEvents.ts";
import { openBundle } from "../settlement/bundle.ts";
import { askAgain } from "../watch/askAgain.ts";
import { calldataOf, type RemedyCall } from "../watch/calls.ts";
import { indexProofs } from "../watch/indexFromFiles.ts";
import { rootProofs } from "../watch/rootFromFiles.ts";
import { addApiOption, askApi } from "./apiClient.ts";
import { parseId } from "./parse.ts";
import { withFetched } from "./publishedIndex.ts";
import { addChainOptions, allow, type ChainOptions, chainTime, type Session, withSession } from "./session.ts";

interface FilesOptions extends ChainOptions {
  readonly api: string;
}

/** What is wrong with a pending root or index, as far as its files and the chain show. */
interface Found {
  /** Such as `root 0x…`. */
  readonly subject: string;
  /** The version whose index it is; 0 for a root. */
  readonly versionId: bigint;
  /** The call that cancels it first. */
  readonly calls: readonly RemedyCall[];
}

const PENDING = "pending";

/** `openledger dispute check|root|index|end|again`: what a person does who found a root or an index wrong, or wants it answered for. */
export function addPostedDisputes(program: Command, dispute: Command): void {
  addChainOptions(addApiOption(dispute.command("check")))
    .description("compare a pending root or index with its files and the chain; sends nothing")
    .argument(
      "<what>",
      `a rootHash, ${PENDING} for the root that is pending, or a version's id for its index`,
      parseSubject,
    )
    .action((what: Hash | bigint | typeof PENDING, options: FilesOptions) =>
      withSession(program, options, async (session) => {
        const found = await find(session, options.api, what);
        const { subject, calls } = found;
        const [call] = calls;
        const shown = call && { contract: call.contract, method: call.method, data: calldataOf(call) };
        session.output.result({ subject, verdict: call === undefined ? "holds" : "wrong", call: shown }, () =>
          call === undefined
            ? `Nothing that is published or on the chain contradicts ${subject}.\nFeatures, G and F are the quorum's word: openledger watch --once trains the version again.`
            : `${subject} is wrong: ${call.method} of ${call.contract} cancels it.`,
        );
        if (call === undefined) return;
        const command = found.versionId === 0n ? "dispute root" : `dispute index ${found.versionId}`;
        throw new DisagreementError("what was posted contradicts its files or the chain", {
          value: subject,
          remedy: `npx openledger ${command} sends the call${call.contract === "AttributionDemands" ? ", which takes a bond" : ""}.`,
        });
      }),
    );

  addChainOptions(addApiOption(dispute.command("root")))
    .description(
      "cancel a wrong root that is pending: send the proof, or the demand, that its files and the chain give",
    )
    .argument("[hash]", "its rootHash", parseSubject, PENDING)
    .action((what: Hash | bigint | typeof PENDING, options: FilesOptions) =>
      withSession(program, options, async (session) => {
        if (typeof what === "bigint") {
          throw new InputError("this is not a root", { value: what, limit: `0x and 64 digits, or ${PENDING}` });
        }
        await sendRemedy(session, await find(session, options.api, what));
      }),
    );

  addChainOptions(addApiOption(dispute.command("index")))
    .description(
      "cancel a wrong index that is pending: send the proof, or the demand, that its files and the chain give",
    )
    .argument("<version>", "the version's id", parseId)
    .action((versionId: bigint, options: FilesOptions) =>
      withSession(program, options, async (session) =>
        sendRemedy(session, await findInIndex(session, options.api, versionId)),
      ),
    );

  addChainOptions(dispute.command("end"))
    .description("end a demand that nobody answered in time: what it is about is cancelled, and its bond comes back")
    .argument("<demand>", "its id", parseHash)
    .action((demandId: Hash, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const { contracts, provider } = session;
        const call = await endDemand(contracts, demandId, await chainTime(provider));
        await session.rehearse(call);
        const mined = await session.send(call);
        session.finish({ demandId, method: call.method, transaction: mined?.hash }, () =>
          call.method === "defaultDemand"
            ? "Nobody answered: what it was about is cancelled, bond and fee are back, and its signers lost stake."
            : "What it was about had been cancelled: bond and fee are back.",
        );
      }),
    );

  addChainOptions(dispute.command("again"))
    .description(
      "ask what a demand asked once more, about what is pending by now: answered and final, stake held for it comes back",
    )
    .argument("<demand>", "its id", parseHash)
    .action((demandId: Hash, options: ChainOptions) =>
      withSession(program, options, async (session) => {
        const { call, versionId } = await askAgain(session.contracts, demandId, session.deployment.firstBlock);
        const subject = versionId === 0n ? "the pending root" : `the index of version ${versionId}`;
        await sendRemedy(session, { subject, versionId, calls: [call] });
      }),
    );
}

function find(session: Session, api: string, what: Hash | bigint | typeof PENDING): Promise<Found> {
  return typeof what === "bigint" ? findInIndex(session, api, what) : findInRoot(session, api, what);
}

async function findInRoot({ contracts }: Session, api: string, what: Hash | typeof PENDING): Promise<Found> {
  const { rootHash: pending } = await contracts.RewardDistributor.pendingRoot();
  if (BigInt(pending) === 0n || (what !== PENDING && what !== pending)) {
    throw new NotFoundError("this root is not pending, so nothing can be disputed", {
      value: what,
      limit: BigInt(pending) === 0n ? "no root is pending" : pending,
      remedy: "npx openledger verify compares a final root with its files.",
    });
  }
  const rootHash = asHash(pending);
  const { root: stated, bundle } = await askApi(api, `/v1/roots/${rootHash}`, rootSchema);
  const posted = scoreRootSchema.parse(stated);
  if (rootHashOf(posted) !== rootHash) {
    throw new DisagreementError("the operator states another root than the one that was posted", {
      value: rootHashOf(posted),
      limit: rootHash,
      remedy: "Name another operator with --api.",
    });
  }
  if (bundle === undefined) {
    throw new NotFoundError("this operator has no files of the root", {
      value: rootHash,
      remedy: "Name one that signed it with --api; npx openledger watch --once demands what nobody shows.",
    });
  }
  const calls = await withFetched(api, async (content) =>
    rootProofs(contracts, posted, openBundle(await getBundle(content, bundle, posted.bundleHash))),
  );
  return { subject: `root ${rootHash}`, versionId: 0n, calls };
}

async function findInIndex(session: Session, api: string, versionId: bigint): Promise<Found> {
  const { contracts, deployment, provider, config } = session;
  const { certificateBps, k } = await contracts.IndexRegistry.indexOf(versionId);
  if (await contracts.IndexRegistry.isFinal(versionId)) {
    throw new NotFoundError("the index is final, so nothing can be disputed", { value: `version ${versionId}` });
  }
  const last = await findLastEvent(provider, {
    address: deployment.addresses.IndexRegistry,
    interface: interfaceOf("IndexRegistry"),
    name: "IndexAttested",
    indexed: [versionId],
    firstBlock: deployment.firstBlock,
    blocksPerRequest: config.OPENLEDGER_SCAN_BLOCKS,
  });
  const { parts } = statedIndex(last?.event.args);
  const { index } = await askApi(api, `/v1/versions/${versionId}`, versionSchema);
  const manifest = index?.manifest;
  if (manifest === undefined) {
    throw new NotFoundError("this operator has no files of the index", {
      value: `version ${versionId}`,
      remedy: "Name one that signed it with --api; npx openledger watch --once demands what nobody shows.",
    });
  }
  const calls = await withFetched(api, async (content) => {
    const published = { ...(await getIndex(content, manifest)), versionId, certificateBps: Number(certificateBps) };
    return indexProofs(contracts, published, { parts, k: Number(k) });
  });
  return { subject: `the index of version ${versionId}`, versionId, calls };
}

/** Sends the first call, and says what came of it. */
async function sendRemedy(session: Session, { subject, versionId, calls: [remedy] }: Found): Promise<void> {
  if (remedy === undefined) {
    throw new InputError("nothing that is published or on the chain contradicts it", {
      value: subject,
      remedy: "Features, G and F are the quorum's word: npx openledger watch --once trains the version again.",
    });
  }
  const { contract, method, args } = remedy;
  const { AttributionDemands, AttributionDisputes } = session.contracts;
  const isDemand = contract === "AttributionDemands";
  const { bond, fee } = isDemand ? await AttributionDemands.priceOf(versionId) : { bond: 0n, fee: 0n };
  await allow(session, "AttributionDemands", bond + fee);
  const call = { kind: method, contract, method, args } as const;
  await session.rehearse(call);
  const mined = await session.send(call);
  if (isDemand) {
    const opened = mined && eventOf(mined, AttributionDemands, "Demanded").args;
    const [demandId, deadline] = [opened?.["demandId"], (opened?.["deadline"] as bigint | undefined) ?? 0n];
    session.finish({ subject, method, demandId, deadline, bond, fee, transaction: mined?.hash }, () =>
      [
        `demand ${String(demandId)} is open for ${formatOpen(bond + fee)} OPEN, until ${isoTime(deadline)}`,
        `Without an answer by then: npx openledger dispute end ${String(demandId)}`,
      ].join("\n"),
    );
    return;
  }
  const disputed = mined && eventOf(mined, AttributionDisputes, versionId === 0n ? "RootDisputed" : "IndexDisputed");
  const reward = disputed?.args["reward"] as bigint | undefined;
  session.finish(
    { subject, method, reward, transaction: mined?.hash },
    () => `${subject} is cancelled; its signers lost stake, of which you got ${formatOpen(reward ?? 0n)} OPEN`,
  );
}

function parseSubject(text: string): Hash | bigint | typeof PENDING {
  if (text === PENDING) return text;
  return text.startsWith("0x") ? parseHash(text) : parseId(text);
}

function parseHash(text: string): Hash {
  if (/^0x[0-9a-fA-F]{64}$/u.test(text)) return asHash(text.toLowerCase());
  throw new InputError("this is not a hash", { value: text, limit: "0x and 64 hexadecimal digits" });
}
