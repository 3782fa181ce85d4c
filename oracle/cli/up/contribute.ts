import type { ContributionKind } from "@openledger/protocol/registry/submission.ts";
import { eventOf } from "../../chain/eventOf.ts";
import { type AnyExample, subjectOf } from "../../data/example.ts";
import type { ContentFiles } from "../../jobs/contentFiles.ts";
import { prepareSubmissions } from "../../jobs/contribution.ts";
import { putSubmission } from "../../jobs/submissionFiles.ts";
import { presentCaps } from "../submit.ts";
import { approve } from "./fund.ts";
import type { Party } from "./party.ts";
import { act, type Scene } from "./scene.ts";

/** A submission as the chain numbered it. */
export interface RegisteredSubmission {
  readonly submissionId: bigint;
  readonly party: Party;
  readonly examples: readonly AnyExample[];
  readonly subjects: readonly string[];
}

/** Publishes examples and registers them, one contribution per subject. */
export async function contribute(
  scene: Scene,
  content: ContentFiles,
  party: Party,
  datanetId: bigint,
  kind: ContributionKind,
  examples: readonly AnyExample[],
): Promise<RegisteredSubmission[]> {
  const { ContributionRegistry } = scene.contracts;
  const caps = await presentCaps(scene, datanetId);
  await approve(scene, party, scene.deployment.addresses.ContributionRegistry);
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
