import { InputError } from "../common/errors.ts";
import type { Context } from "../jobs/context.ts";
import { calldataOf, type RemedyCall } from "./calls.ts";

/**
 * Sends what a difference calls for; without a key says what it would send.
 *
 * @param key the same key is never sent twice, also not after a restart.
 * @param subject what a demand is about, as the contract names it; its bond grows with the demands that are open.
 * @returns the transaction's hash; undefined in a dry run.
 * @throws ChainError with the contract's reason when the call would revert; InputError when the bond cannot be paid.
 */
export async function act(
  context: Context,
  key: string,
  call: RemedyCall,
  subject: string,
): Promise<string | undefined> {
  const { deployment, key: account, log } = context;
  const to = deployment.addresses[call.contract];
  const data = calldataOf(call);
  if (account === undefined) {
    log.warn({ method: call.method, to, data }, "dry run: with a key this would be sent");
    return undefined;
  }
  if (call.method.startsWith("demand")) await allowBond(context, key, subject);
  const { hash, gasUsed } = await account.sender.send({ key, kind: call.method, to, data });
  log.warn({ method: call.method, transaction: hash, gasUsed: gasUsed.toString() }, "sent");
  return hash;
}

async function allowBond({ contracts, deployment, key }: Context, purpose: string, subject: string): Promise<void> {
  const { sender } = key!;
  const { OpenToken, AttributionDemands } = contracts;
  const demands = deployment.addresses.AttributionDemands;
  const bond = await AttributionDemands.bondOf(subject);
  const balance = await OpenToken.balanceOf(sender.address);
  if (balance < bond) {
    throw new InputError("the account has too little OPEN for the bond of a demand", {
      value: `${balance} wei in ${sender.address}`,
      limit: `${bond} wei`,
      remedy: "Send OPEN to the account; the bond comes back when nobody answers.",
    });
  }
  if ((await OpenToken.allowance(sender.address, demands)) >= bond) return;
  await sender.send({
    key: `approve:${purpose}`,
    kind: "approve OPEN",
    to: deployment.addresses.OpenToken,
    data: OpenToken.interface.encodeFunctionData("approve", [demands, bond]),
  });
}
