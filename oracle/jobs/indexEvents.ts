import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";

const attested = z.object({
  indexRoot: z.string(),
  attestation: z.object({ bundleHash: z.string() }),
  challengeEnds: z.coerce.bigint(),
});

/** An index that stands on the chain. */
export interface AttestedIndex {
  readonly indexRoot: string;
  readonly bundleHash: string;
  /** Unix seconds from which it can be final. */
  readonly challengeEnds: bigint;
  readonly activated: boolean;
}

/** The index of a version, if one was attested and not cancelled. */
export async function attestedIndex(events: ChainEvents, versionId: bigint): Promise<AttestedIndex | undefined> {
  let index: AttestedIndex | undefined;
  const filter = {
    contract: "IndexRegistry",
    name: ["IndexAttested", "IndexCancelled", "VersionActivated"],
    where: { versionId: versionId.toString() },
  };
  for (const { name, args } of await events.find(filter)) {
    if (name === "IndexAttested") {
      const { indexRoot, attestation, challengeEnds } = attested.parse(args);
      index = { indexRoot, bundleHash: attestation.bundleHash, challengeEnds, activated: false };
    } else if (name === "IndexCancelled") index = undefined;
    else if (index !== undefined) index = { ...index, activated: true };
  }
  return index;
}
