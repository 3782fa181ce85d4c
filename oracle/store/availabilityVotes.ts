import { asAddress, asHash } from "@openledger/protocol/hex.ts";
import type { SignedVote } from "@openledger/protocol/quorum/availability.ts";
import type { Database } from "./database.ts";

/** What operators said of committed files. */
export interface AvailabilityVotes {
  /** Keeps another operator's vote. Returns whether it is new and its signer has said the opposite before. */
  add(vote: SignedVote): Promise<boolean>;
  /** Keeps this operator's own vote, unless it has said something of the file before, in this store or to a peer: that stays its word. */
  addOwn(vote: SignedVote): Promise<void>;
  /** Every key's pair of votes about a file that contradict each other. */
  contradictions(): Promise<Contradiction[]>;
  /** All votes about files of these epochs. */
  of(firstEpoch: bigint, lastEpoch: bigint): Promise<SignedVote[]>;
}

/** What one key said of one file. */
export interface Contradiction {
  readonly have: SignedVote;
  readonly lack: SignedVote;
}

type VoteRow = Record<"epoch" | "model_id" | "commitment" | "signer" | "signature", string> & {
  readonly have: boolean;
};

const SAME_FILE = "epoch = $1 AND model_id = $2 AND commitment = $3 AND signer = $4";

export function createAvailabilityVotes(db: Database): AvailabilityVotes {
  const key = ({ epoch, modelId, commitment, signer }: SignedVote) => [`${epoch}`, `${modelId}`, commitment, signer];
  return {
    add: async (vote) => {
      const added = await db.query(
        "INSERT INTO availability_votes VALUES ($1, $2, $3, $4, $5, $6, false) ON CONFLICT DO NOTHING RETURNING 1",
        [...key(vote), vote.have, vote.signature],
      );
      if (added.length === 0) return false;
      const said = await db.query(`SELECT 1 FROM availability_votes WHERE ${SAME_FILE}`, key(vote));
      return said.length > 1;
    },
    addOwn: async (vote) => {
      await db.query(
        `INSERT INTO availability_votes SELECT $1::numeric, $2::numeric, $3, $4, $5::boolean, $6, true
         WHERE NOT EXISTS (SELECT 1 FROM availability_votes WHERE ${SAME_FILE}) ON CONFLICT DO NOTHING`,
        [...key(vote), vote.have, vote.signature],
      );
    },
    contradictions: async () => {
      const rows = await db.query<VoteRow & { readonly lack_signature: string }>(
        `SELECT a.*, b.signature AS lack_signature FROM availability_votes a
         JOIN availability_votes b USING (epoch, model_id, commitment, signer)
         WHERE a.have AND NOT b.have ORDER BY epoch, model_id, commitment, signer`,
      );
      return rows.map(({ lack_signature, ...row }) => {
        const have = voteOf(row);
        return { have, lack: { ...have, have: false, signature: lack_signature } };
      });
    },
    of: async (firstEpoch, lastEpoch) => {
      const rows = await db.query<VoteRow>(
        "SELECT * FROM availability_votes WHERE epoch BETWEEN $1 AND $2 ORDER BY epoch, model_id, signer, have",
        [`${firstEpoch}`, `${lastEpoch}`],
      );
      return rows.map(voteOf);
    },
  };
}

function voteOf({ epoch, model_id, commitment, signer, have, signature }: VoteRow): SignedVote {
  return {
    modelId: BigInt(model_id),
    epoch: BigInt(epoch),
    commitment: asHash(commitment),
    have,
    signature,
    signer: asAddress(signer),
  };
}
