import { asHash } from "@openledger/protocol/hex.ts";
import type { IndexPart } from "@openledger/protocol/trees/indexParts.ts";
import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";

const hash = z.string().transform((value) => asHash(value));
const attested = z.object({
  partsHash: z.string(),
  attestation: z.object({ bundleHash: z.string() }),
  parts: z.array(
    z.object({
      datanetId: z.coerce.bigint(),
      root: hash,
      size: z.coerce.number().int(),
      qualityHash: hash,
      harmfulRoot: hash,
    }),
  ),
  challengeEnds: z.coerce.bigint(),
});

/** An index that stands on the chain. */
export interface AttestedIndex {
  readonly partsHash: string;
  readonly parts: readonly IndexPart[];
  readonly bundleHash: string;
  /** Unix seconds from which it can be final. */
  readonly challengeEnds: bigint;
  readonly activated: boolean;
}

/** What an `IndexAttested` event says. */
export function statedIndex(args: unknown) {
  const { partsHash, attestation, parts, challengeEnds } = attested.parse(args);
  return { partsHash, parts, bundleHash: attestation.bundleHash, challengeEnds };
}

/** Every attestation of an index in the order in which they were made, also those that were cancelled. */
export async function attestations(events: ChainEvents) {
  const found = await events.find({ contract: "IndexRegistry", name: "IndexAttested" });
  return found.map(({ args }) => ({ versionId: BigInt(String(args["versionId"])), ...statedIndex(args) }));
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
      index = { ...statedIndex(args), activated: false };
    } else if (name === "IndexCancelled") index = undefined;
    else if (index !== undefined) index = { ...index, activated: true };
  }
  return index;
}
