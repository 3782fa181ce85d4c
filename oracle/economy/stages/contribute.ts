import type { ContributionKind } from "@openledger/protocol/registry/submission.ts";
import { type Caps, presentCaps } from "../../actions/datanets.ts";
import { eventOf } from "../../chain/eventOf.ts";
import { type AnyExample, subjectOf } from "../../data/example.ts";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import { prepareSubmissions } from "../../jobs/contribution.ts";
import { putSubmission } from "../../jobs/submissionFiles.ts";
import { approve } from "../cast/approve.ts";
import type { Party } from "../cast/party.ts";
import type { Person } from "../cast/people.ts";
import { act, type Scene } from "../cast/scene.ts";
import type { DatanetPlan } from "../plan/loadScenario.ts";
import type { Note } from "../stage.ts";
import type { JudgedDatanet } from "./mintModels.ts";

/** A submission as the chain numbered it. */
export interface RegisteredSubmission {
  readonly submissionId: bigint;
  readonly party: Party;
  readonly examples: readonly AnyExample[];
  readonly subjects: readonly string[];
}

/** Publishes examples and registers them, one contribution per subject. */
async function contribute(
  scene: Scene,
  content: ContentFiles,
  party: Party,
  datanetId: bigint,
  kind: ContributionKind,
  examples: readonly AnyExample[],
  caps: Caps,
): Promise<RegisteredSubmission[]> {
  const { ContributionRegistry } = scene.contracts;
  const registered: RegisteredSubmission[] = [];
  for (const { contents, parts } of prepareSubmissions(party.wallet, datanetId, kind, examples)) {
    const uri = await putSubmission(content, contents);
    const mined = await act(party, {
      key: `submit:${datanetId}:${party.address}:${kind}:${uri}`,
      kind: "submit contributions",
      contract: ContributionRegistry,
      data: ContributionRegistry.interface.encodeFunctionData("submit", [datanetId, [...parts], uri, caps]),
    });
    registered.push({
      submissionId: eventOf(mined, ContributionRegistry, "Submitted").args["submissionId"] as bigint,
      party,
      examples: contents.flatMap((part) => part.examples),
      subjects: contents.map((part) => subjectOf(part.examples[0]!)),
    });
  }
  return registered;
}

/** What the scenario has contributed. */
export interface Contributed {
  readonly byParty: ReadonlyMap<Party, readonly RegisteredSubmission[]>;
  /** Rows that say what is good; the Datanets' owner's. */
  readonly curated: readonly RegisteredSubmission[];
}

/** Everybody contributes what the scenario has for them, and the Datanets' owner what judges it. */
export async function contributeAll(
  scene: Scene,
  content: ContentFiles,
  people: readonly Person[],
  datanets: readonly (DatanetPlan & JudgedDatanet)[],
  note: Note,
): Promise<Contributed> {
  const { contracts, cast, deployment } = scene;
  const { ContributionRegistry } = deployment.addresses;
  const payers = [cast.datanetOwner, ...people.map(({ party }) => party)];
  await Promise.all(payers.map((party) => approve(scene, party, ContributionRegistry)));
  const caps = await Promise.all(datanets.map(({ datanetId }) => presentCaps(contracts, datanetId)));
  // one after the other: of rows that repeat each other, the first is the original
  const byParty = new Map<Party, RegisteredSubmission[]>();
  for (const { party, contributor, place } of people) {
    note(contributor.name);
    const { datanetId } = datanets[place]!;
    byParty.set(party, await contribute(scene, content, party, datanetId, "train", contributor.examples, caps[place]!));
  }
  const curated: RegisteredSubmission[] = [];
  for (const [place, { datanetId, quality }] of datanets.entries()) {
    curated.push(...(await contribute(scene, content, cast.datanetOwner, datanetId, "quality", quality, caps[place]!)));
  }
  return { byParty, curated };
}

/** The id of the first thing that somebody contributed. */
export async function firstContribution(
  { contracts }: Scene,
  { byParty }: Contributed,
  { party }: Person,
): Promise<bigint> {
  const { submissionId } = byParty.get(party)![0]!;
  return (await contracts.ContributionRegistry.submissionOf(submissionId)).firstContributionId;
}
