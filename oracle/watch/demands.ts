import { AbiCoder, keccak256 } from "ethers";
import { asHash, type Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import type { ChainEvents } from "../store/chainEvents.ts";

const demanded = z.object({
  demandId: z.string(),
  subject: z.string(),
  challenger: z.string().toLowerCase(),
  deadline: z.coerce.bigint(),
  question: z.string(),
});

/** One opening of a demand: the same question has the same id whenever it is asked again. */
export interface Demand extends z.output<typeof demanded> {
  /** Tells the openings of one question apart. */
  readonly opening: string;
  readonly status: "open" | "answered" | "defaulted" | "reclaimed";
  /** Transaction that closed it. */
  readonly closedBy: string | undefined;
}

const CLOSED = { Answered: "answered", Defaulted: "defaulted", BondReclaimed: "reclaimed" } as const;

/** All demands in the order in which they were opened. */
export async function readDemands(events: ChainEvents): Promise<Demand[]> {
  const demands: Demand[] = [];
  const open = new Map<string, number>();
  const name = ["Demanded", ...Object.keys(CLOSED)];
  for (const event of await events.find({ contract: "AttributionDemands", name })) {
    if (event.name === "Demanded") {
      const opening = `${event.transactionHash}-${event.logIndex}`;
      const demand = demanded.parse(event.args);
      open.set(demand.demandId, demands.length);
      demands.push({ ...demand, opening, status: "open", closedBy: undefined });
      continue;
    }
    const at = open.get(String(event.args["demandId"]));
    if (at === undefined) continue;
    const status = CLOSED[event.name as keyof typeof CLOSED];
    demands[at] = { ...demands[at]!, status, closedBy: event.transactionHash };
  }
  return demands;
}

const coder = AbiCoder.defaultAbiCoder();

/** What demands about a posting of a root refer to, as `AttributionDemands.rootSubject` computes it. */
export function rootSubject(rootHash: Hash, postedAt: bigint): Hash {
  return asHash(keccak256(coder.encode(["bytes32", "uint64"], [rootHash, postedAt])));
}

/** What demands about an attestation of an index refer to, as `AttributionDemands.indexSubject` computes it. */
export function indexSubject(versionId: bigint, partsHash: string, challengeEnds: bigint): Hash {
  return asHash(keccak256(coder.encode(["uint256", "bytes32", "uint64"], [versionId, partsHash, challengeEnds])));
}
