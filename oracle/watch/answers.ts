import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { keccakText } from "@openledger/protocol/keccak.ts";
import { LRUCache } from "lru-cache";
import { ContentError, NotYetError } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { attestedIndex } from "../jobs/indexEvents.ts";
import { getIndex } from "../jobs/indexFiles.ts";
import type { Task } from "../jobs/plan.ts";
import type { Stage } from "../jobs/stage.ts";
import { findResult, resultOf } from "../jobs/results.ts";
import { postedRoots, rangeSubject } from "../jobs/rootEvents.ts";
import { createSettledRoots } from "../jobs/settledRoots.ts";
import { calldataOf, type RemedyCall } from "./calls.ts";
import { type Demand, indexSubject, readDemands, rootSubject } from "./demands.ts";
import { createIndexAnswers } from "./indexAnswers.ts";
import { type Question, readQuestion } from "./questions.ts";
import { createRootAnswers } from "./rootAnswers.ts";

/** Something pending that this machine computed to the same bits: it owes the answers, and has them. */
type Owed = { readonly kind: "root"; readonly rootHash: Hash } | { readonly kind: "index"; readonly versionId: bigint };

type Answers = (question: Question) => RemedyCall | undefined;

/** Machines that hold the same answers begin in this many groups, so that few of them send it in vain. */
const GROUPS = 4n;
const GROUP_DELAY_MS = 12_000;
/** How often a transaction may revert although its demand stays open. */
const ATTEMPTS = 8;
/** What is pending at one time: a root, and the indexes of a few versions. */
const KEPT = 8;

/** Open demands that this machine can answer, the most urgent first. */
export async function answerPlan(context: Context): Promise<Task[]> {
  const { events, key } = context;
  if (key === undefined) return [];
  const open = (await readDemands(events)).filter(({ status }) => status === "open");
  if (open.length === 0) return [];
  const owed = await owedSubjects(context);
  const now = BigInt((await events.head())?.timestamp ?? 0);
  return open
    .filter(({ subject, deadline }) => owed.has(subject) && now <= deadline)
    .sort((a, b) => Number(a.deadline - b.deadline))
    .map(({ demandId }) => ["answer", demandId] as const);
}

/**
 * Stage `answer`, subject a demandId: shows what a demand asks of a root or an index that this machine computed to the same
 * bits. Whoever answers earns the bond; nobody's answer is worse than another's.
 *
 * @param wallClock milliseconds; measures how long others had the chance to answer.
 */
export function answerStage(context: Context, wallClock: () => number = Date.now): Stage {
  const { contracts, deployment, events, key, log } = context;
  const roots = createSettledRoots(context);
  const known = new LRUCache<string, Promise<Answers>>({ max: KEPT });
  const firstSeen = new Map<string, number>();

  return {
    name: "answer",
    run: async (demandId) => {
      if (key === undefined) return;
      const demand = (await readDemands(events)).findLast((other) => other.demandId === demandId);
      const owed = demand && (await owedSubjects(context)).get(demand.subject);
      if (demand?.status !== "open" || owed === undefined) return;
      const question = readQuestion(demand.question);
      const call = question && (await answersOf(demand.subject, owed))(question);
      if (call === undefined) {
        throw new ContentError("a demand asks for what is not in the files", { value: demand.question });
      }
      leaveToOthers(demand, key.wallet.address);
      await send(demand, call);
    },
  };

  function answersOf(subject: string, owed: Owed): Promise<Answers> {
    const answers = known.get(subject) ?? readAnswers(owed);
    known.set(subject, answers);
    answers.catch(() => known.delete(subject));
    return answers;
  }

  async function readAnswers(owed: Owed): Promise<Answers> {
    if (owed.kind === "root") {
      const { posted, bundle, settlement } = await roots.open(owed.rootHash);
      return createRootAnswers(posted.root, bundle.inputs, settlement);
    }
    const { versionId } = owed;
    const { index } = await resultOf(context, "index", `${versionId}`);
    return createIndexAnswers(await getIndex(context.content, index));
  }

  /** @throws NotYetError while it is another group's turn */
  function leaveToOthers({ opening }: Demand, self: string): void {
    const group = BigInt(keccakText(`${opening} ${self.toLowerCase()}`)) % GROUPS;
    const now = wallClock();
    const since = firstSeen.get(opening) ?? now;
    firstSeen.set(opening, since);
    const opens = since + Number(group) * GROUP_DELAY_MS;
    if (now < opens) throw new NotYetError("another machine answers first", { value: opening, limit: `${opens}` });
  }

  async function send({ demandId, opening }: Demand, call: RemedyCall): Promise<void> {
    const to = deployment.addresses[call.contract];
    const data = calldataOf(call);
    for (let attempt = 1; ; attempt++) {
      try {
        const transaction = { key: `answer:${opening}:${attempt}`, kind: call.method, to, data, urgent: true };
        const { hash, gasUsed } = await key!.sender.send(transaction);
        log.warn({ demandId, method: call.method, transaction: hash, gasUsed: `${gasUsed}` }, "answered a demand");
        return;
      } catch (error) {
        if (!(await isOpen(demandId))) {
          log.info({ demandId }, "another machine answered first");
          return;
        }
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  async function isOpen(demandId: string): Promise<boolean> {
    return BigInt((await contracts.AttributionDemands.demandOf(demandId)).challenger) !== 0n;
  }
}

/** What is pending and was computed here to the same bits, by the subject that demands name. */
async function owedSubjects(context: Context): Promise<Map<string, Owed>> {
  const { events, view } = context;
  const owed = new Map<string, Owed>();
  for (const { root, rootHash, postedAt, status } of await postedRoots(events)) {
    if (status !== "pending") continue;
    const own = await findResult(context, "settle", rangeSubject(root));
    if (own?.rootHash === rootHash) owed.set(rootSubject(rootHash, postedAt), { kind: "root", rootHash });
  }
  for (const { versionId } of await view.versions()) {
    const attested = await attestedIndex(events, versionId);
    if (attested === undefined || attested.activated) continue;
    const own = await findResult(context, "index", `${versionId}`);
    if (own?.partsHash !== attested.partsHash) continue;
    owed.set(indexSubject(versionId, asHash(attested.partsHash), attested.challengeEnds), { kind: "index", versionId });
  }
  return owed;
}
