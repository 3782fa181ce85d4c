import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { formatOpen, OPEN } from "@openledger/protocol/units.ts";
import { hexlify, keccak256, toUtf8Bytes } from "ethers";
import { mintAgent, publishAgent, registerAgent, setAgentWallet, sharesOf } from "../../actions/agents.ts";
import type { Call } from "../../actions/call.ts";
import { inferencesOf } from "../../agents/action.ts";
import { type AgentManifest, manifestHash, putAgentManifest } from "../../agents/manifest.ts";
import { blockTime } from "../../chain/blockTime.ts";
import { eventOf } from "../../chain/eventOf.ts";
import { isRetryable, OpenLedgerError } from "../../common/errors.ts";
import { retry } from "../../common/retry.ts";
import type { AnyExample } from "../../data/example.ts";
import { buyAnswer, readOffer } from "../../gateway/client.ts";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import type { Watching } from "../processes/waitFor.ts";
import type { Note } from "../stage.ts";
import type { Consumption } from "./consume.ts";
import type { PublishedModel } from "./models.ts";
import type { Party } from "../cast/party.ts";
import { type Running, untilReady } from "../processes/processes.ts";
import { make, type Scene } from "../cast/scene.ts";

/** An agent of the scenario, as the chain has it. */
export interface FoundedAgent extends Pick<PublishedModel, "name" | "modelId" | "versionId"> {
  readonly agentId: bigint;
}

/** What an agent did, in OPEN wei. */
export interface AgentRow {
  readonly name: string;
  readonly agentId: bigint;
  readonly modelId: bigint;
  readonly actions: number;
  /** What its users paid. */
  readonly earned: bigint;
  /** What it paid for answers, from its own wallet. */
  readonly spent: bigint;
  readonly answers: number;
  /** The payment of one of the actions, to explain. */
  readonly example: string;
}

const PRICE = 3n * OPEN;
/** Of the owner's part, for the models that it uses. */
const PARENTS_PERCENT = 60;
const VALIDITY = 3_600n;

/** The front desk: sorts a message to the surest of the models, and drafts an answer from passages where a model has any. */
function frontDesk(models: readonly PublishedModel[]): AgentManifest {
  return {
    format: "openledger-agent/1",
    name: "Front desk",
    description:
      "Sorts a message to the desk that is surest what it is about, and drafts an answer from passages that fit.",
    prompt: [
      "For the desk {desk}: this is about {label} ({confidence}).",
      "What each desk makes of it:\n{labels}",
      "Draft of an answer:\n{passages}",
    ].join("\n\n"),
    tools: models.map(({ name, modelId }) => ({ name: name.slice(0, 40), modelId: `${modelId}` })),
    quotes: 2,
  };
}

/** Its owner mints, publishes and registers it; its own key agrees to be its wallet. */
async function foundAgent(
  scene: Scene,
  content: ContentFiles,
  models: readonly PublishedModel[],
): Promise<FoundedAgent> {
  const { contracts, cast, deployment, provider } = scene;
  const { agent, modelOwner } = cast;
  const perform = (call: Call) => make(scene, modelOwner, call, `agent:${call.kind}`);
  const manifest = frontDesk(models);
  const uri = await putAgentManifest(content, manifest);
  const parents = sharesOf(
    models.map(({ modelId }) => modelId),
    PARENTS_PERCENT,
  );
  const minted = await perform(mintAgent(parents, agent.address, PRICE, uri));
  const modelId = eventOf(minted, contracts.ModelRegistry, "ModelMinted").args["modelId"] as bigint;
  const published = await perform(publishAgent(modelId, manifestHash(manifest), uri));
  const versionId = eventOf(published, contracts.ModelRegistry, "VersionPublished").args["versionId"] as bigint;
  const registered = await perform(registerAgent(modelId, uri));
  const agentId = eventOf(registered, contracts.AgentIdentityRegistry, "Registered").args["agentId"] as bigint;
  if ((await contracts.AgentIdentityRegistry.getAgentWallet(agentId)) !== agent.address) {
    const now = await blockTime(provider, "latest");
    const { chainId } = deployment;
    const wallet = { agentId, owner: modelOwner.address, wallet: agent.wallet, chainId, now };
    await perform(await setAgentWallet(contracts, wallet));
  }
  return { name: manifest.name, agentId, modelId, versionId };
}

/** Questions of each Datanet's test set that the agent is asked. */
const ACTIONS_PER_DATANET = 3;

/** An agent is founded on the models that answer text, and asked some of the questions of every Datanet. */
export async function playAgent(
  scene: Scene,
  { content, watching, models, tests, start }: AgentPlay,
  note: Note,
): Promise<{ agent: FoundedAgent; row: AgentRow }> {
  const asked = tests.map((test) => test.slice(0, ACTIONS_PER_DATANET).flatMap(textOf));
  const agent = await foundAgent(
    scene,
    content,
    models.filter((_, m) => (asked[m]?.length ?? 0) > 0),
  );
  await watching.scan();
  const questions = asked.flat();
  let answered = 0;
  const row = await askAgent(scene, start(agent.agentId), agent, questions, () =>
    note(`${++answered}/${questions.length}`),
  );
  return { agent, row };
}

interface AgentPlay {
  readonly content: ContentFiles;
  readonly watching: Watching;
  readonly models: readonly PublishedModel[];
  /** Of each Datanet. */
  readonly tests: readonly (readonly AnyExample[])[];
  /** Starts the agent's process. */
  readonly start: (agentId: bigint) => Running;
}

/** An agent reads no images. */
function textOf(example: AnyExample): string[] {
  if (example.kind === "pair") return [example.question];
  return example.kind === "text" ? [example.input] : [];
}

/** Users ask the agent, pay it, and check what it used: each receipt that it bought is in the root of its answer. */
async function askAgent(
  scene: Scene,
  running: Running,
  agent: FoundedAgent,
  questions: readonly string[],
  onAnswer: () => void,
): Promise<AgentRow> {
  await untilReady(running);
  const offer = await readOffer(scene.contracts, scene.deployment, agent.modelId);
  const validBefore = (await blockTime(scene.provider, "latest")) + VALIDITY;
  const row = { earned: 0n, spent: 0n, answers: 0, example: "" };
  for (const [i, input] of questions.entries()) {
    const consumer: Party = scene.cast.consumers[i % scene.cast.consumers.length]!;
    const terms = { salt: saltOf(consumer, agent, i), validBefore };
    const buy = async () => {
      await untilReady(running);
      return buyAnswer(running.url, offer, consumer.wallet, { kind: "text", input }, terms);
    };
    const { answer, receipt } = await retry(buy, { attempts: 8, firstDelayMs: 250, isRetryable });
    if (!("reply" in answer)) throw new OpenLedgerError("the agent answers like a model", { value: agent.modelId });
    const bought = inferencesOf(answer);
    row.earned += receipt.fee;
    row.spent += bought.reduce((sum, { fee }) => sum + fee, 0n);
    row.answers += bought.length;
    row.example = receipt.paymentId;
    onAnswer();
  }
  return { name: agent.name, agentId: agent.agentId, modelId: agent.modelId, actions: questions.length, ...row };
}

/** Unpredictable to others and the same after a restart, so that a resumed run pays nothing twice. */
function saltOf({ wallet }: Party, { modelId }: Pick<FoundedAgent, "modelId">, i: number): Hash {
  return asHash(keccak256(`${wallet.privateKey}${hexlify(toUtf8Bytes(`payment ${modelId} ${i}`)).slice(2)}`));
}

export function agentText({ actions, earned, spent, answers }: AgentRow): string {
  return `${actions} actions for ${formatOpen(earned)} OPEN, ${answers} answers bought for ${formatOpen(spent)} OPEN`;
}

/** The agent's users, and the agent as the user of others. */
export function consumptionOf({ actions, earned, answers, spent }: AgentRow): Consumption[] {
  return [
    { inferences: actions, right: 0, paid: earned },
    { inferences: answers, right: 0, paid: spent },
  ];
}
