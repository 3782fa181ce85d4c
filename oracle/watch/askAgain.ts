import { interfaceOf } from "../chain/artifacts.ts";
import type { Contracts } from "../chain/contracts.ts";
import { InputError, NotFoundError } from "../common/errors.ts";
import { demand, type RemedyCall } from "./calls.ts";
import { readQuestion } from "./questions.ts";

/**
 * What a demand asked, once more: its calldata names the root or the index and not which posting of it, so that it now asks about the
 * one that is pending.
 *
 * @param fromBlock where the contract's events begin
 * @returns the call, and the version whose index it is about; 0 for a root
 * @throws NotFoundError for a demand that nobody made; InputError for one that was made through another contract
 */
export async function askAgain(
  { AttributionDemands }: Pick<Contracts, "AttributionDemands">,
  demandId: string,
  fromBlock: number,
): Promise<{ readonly call: RemedyCall; readonly versionId: bigint }> {
  const [made] = await AttributionDemands.queryFilter(AttributionDemands.filters.Demanded(demandId), fromBlock);
  if (made === undefined) {
    throw new NotFoundError("there was no such demand", {
      value: demandId,
      remedy: "npx openledger operator held shows the demands for which stake is held.",
    });
  }
  const { to, data } = await made.getTransaction();
  const isDirect = to !== null && BigInt(to) === BigInt(made.address);
  const parsed = isDirect ? interfaceOf("AttributionDemands").parseTransaction({ data }) : null;
  if (parsed === null) {
    throw new InputError("the demand was made through another contract", {
      value: `${demandId} in transaction ${made.transactionHash}`,
      limit: "one whose transaction calls AttributionDemands",
      remedy: "Make it the same way once more.",
    });
  }
  const question = readQuestion(made.args.question);
  const versionId = question !== undefined && "versionId" in question ? question.versionId : 0n;
  return { call: demand(parsed.name, ...parsed.args), versionId };
}
