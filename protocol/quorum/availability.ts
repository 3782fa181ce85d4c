import { digestOf, type SigningDomain } from "../eip712/domain.ts";
import { type Availability, availabilityType } from "../eip712/availability.ts";
import type { Address } from "../hex.ts";
import type { QuorumMember, QuorumSnapshot } from "./members.ts";
import { signerOf } from "./proof.ts";

/** The file that a vote is about. */
export type CommittedFile = Pick<Availability, "modelId" | "epoch" | "commitment">;

/** What an operator said of a committed file. */
export interface SignedVote extends Availability {
  readonly signer: Address;
  readonly signature: string;
}

/** Tells committed files apart. */
export function fileName({ modelId, epoch, commitment }: CommittedFile): string {
  return `${modelId}-${epoch}-${commitment}`;
}

/** Tells votes apart: nobody has two for one answer about one file. */
export function voteName(vote: SignedVote): string {
  return `${fileName(vote)} ${vote.signer} ${vote.have}`;
}

/**
 * Which of the votes that a stranger offers are what they say: by members, about these files. The first for one answer is the
 * one that is looked at, so that checking takes no more signatures than members can give.
 */
export function verifiedVotes(
  domain: SigningDomain,
  members: readonly QuorumMember[],
  files: readonly CommittedFile[],
  offered: Iterable<SignedVote>,
): SignedVote[] {
  const signers = new Set(members.map(({ signer }) => signer));
  const names = new Set(files.map(fileName));
  const votes = new Map<string, SignedVote>();
  for (const vote of offered) {
    const name = voteName(vote);
    if (signers.has(vote.signer) && names.has(fileName(vote)) && !votes.has(name)) votes.set(name, vote);
  }
  return [...votes.values()].filter((vote) => isSigned(domain, vote));
}

function isSigned(domain: SigningDomain, vote: SignedVote): boolean {
  try {
    return signerOf(digestOf(domain, availabilityType, vote), vote.signature) === vote.signer;
  } catch {
    // not a signature at all
    return false;
  }
}

/**
 * Whether these operators together certify what each of them said: more than a third of all stake that counts. Where honest
 * operators have two thirds, one of them is among any certificate's, and theirs alone always certify one of the two answers.
 */
export function isCertified(
  { members, denominator }: Pick<QuorumSnapshot, "members" | "denominator">,
  signers: ReadonlySet<Address>,
): boolean {
  const said = members.reduce((sum, { signer, weight }) => (signers.has(signer) ? sum + weight : sum), 0n);
  return 3n * said > denominator;
}

/** The votes of members that certify an answer about a file; undefined where they are too few. */
export function certificateOf(
  votes: readonly SignedVote[],
  snapshot: Pick<QuorumSnapshot, "members" | "denominator">,
  file: CommittedFile,
  have: boolean,
): SignedVote[] | undefined {
  const name = fileName(file);
  const members = new Set(snapshot.members.map(({ signer }) => signer));
  const said = votes.filter((vote) => vote.have === have && members.has(vote.signer) && fileName(vote) === name);
  return isCertified(snapshot, new Set(said.map(({ signer }) => signer))) ? said : undefined;
}
