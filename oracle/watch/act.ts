import { keccakText } from "@openledger/protocol/keccak.ts";
import { MaxUint256 } from "ethers";
import { z } from "zod";
import { InputError } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { calldataOf, type RemedyCall } from "./calls.ts";

/** Whom a proof is tried out for: an address that can be paid a reward. */
const ANYBODY = "0x000000000000000000000000000000000000dEaD";

/** A call that was sent, or, without `transaction`, would have been. */
export const actedCallSchema = z.object({
  method: z.string(),
  to: z.string(),
  data: z.string(),
  /** Used, or estimated; unknown for a demand that was not sent. */
  gas: z.string().optional(),
  /** OPEN wei that a demand takes: its bond, and the fee. */
  bond: z.string(),
  transaction: z.string().optional(),
});

export type ActedCall = z.output<typeof actedCallSchema>;

/**
 * Sends what a difference calls for; without a key says what it would send and what that costs.
 *
 * @param subject what it is about; the same call about the same subject is never sent twice, also not after a restart.
 * @param versionId the version whose index it is about; 0 for a root. The price of a demand grows with the time that it can take.
 * @throws ChainError with the contract's reason when the call would revert; InputError when the bond cannot be paid.
 */
export async function act(context: Context, subject: string, call: RemedyCall, versionId: bigint): Promise<ActedCall> {
  const { contracts, deployment, key: account, log, provider } = context;
  const to = deployment.addresses[call.contract];
  const data = calldataOf(call);
  const bond = call.method.startsWith("demand") ? await priceOf(contracts.AttributionDemands, versionId) : 0n;
  const acted = { method: call.method, to, data, bond: `${bond}` };
  if (account === undefined) {
    // a demand moves OPEN of whoever sends it, so only a proof can be tried out without a key
    const tried = bond === 0n ? await tryOut(provider, to, data) : {};
    log.warn({ ...acted, ...tried }, "dry run: with a key this would be sent");
    return { ...acted, ...tried };
  }
  if (bond > 0n) await allowBond(context, bond);
  const key = `watch:${subject}:${keccakText(data)}`;
  const { hash, gasUsed } = await account.sender.send({ key, kind: call.method, to, data });
  log.warn({ method: call.method, transaction: hash, gasUsed: `${gasUsed}`, bond: acted.bond }, "sent");
  return { ...acted, gas: `${gasUsed}`, transaction: hash };
}

async function priceOf(demands: Context["contracts"]["AttributionDemands"], versionId: bigint): Promise<bigint> {
  const { bond, fee } = await demands.priceOf(versionId);
  return bond + fee;
}

/** The gas of a proof; unknown on a node that asks even a trial for the fee of layer 1. */
async function tryOut(provider: Context["provider"], to: string, data: string): Promise<{ gas?: string }> {
  try {
    return { gas: `${await provider.estimateGas({ from: ANYBODY, to, data })}` };
  } catch {
    return {};
  }
}

/** Lets the demands, which nobody can change, take bonds from the account. */
async function allowBond({ contracts, deployment, key }: Context, bond: bigint): Promise<void> {
  const { sender } = key!;
  const { OpenToken } = contracts;
  const demands = deployment.addresses.AttributionDemands;
  const balance = await OpenToken.balanceOf(sender.address);
  if (balance < bond) {
    throw new InputError("the account has too little OPEN for the bond of a demand", {
      value: `${balance} wei in ${sender.address}`,
      limit: `${bond} wei`,
      remedy: "Send OPEN to the account; bond and fee come back when nobody answers.",
    });
  }
  if ((await OpenToken.allowance(sender.address, demands)) >= bond) return;
  await sender.send({
    key: `approve:${demands}`,
    kind: "approve OPEN",
    to: deployment.addresses.OpenToken,
    data: OpenToken.interface.encodeFunctionData("approve", [demands, MaxUint256]),
  });
}
