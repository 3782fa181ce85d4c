import type { Interface } from "ethers";
import { describeRevert, revertData } from "../chain/revert.ts";
import { InputError } from "../common/errors.ts";

/** Why the EntryPoint refuses an operation, with the contract's own reason where it has one. */
export function describeRefusal(error: unknown, entryPoint: Interface): InputError {
  const data = revertData(error);
  const parsed = data === undefined ? null : entryPoint.parseError(data);
  const reason = parsed?.args["reason"] as string | undefined;
  const inner = parsed === null ? error : { data: parsed.args["inner"] as string | undefined };
  const isNamed = parsed === null || revertData(inner) !== undefined;
  const { problem, meaning } = isNamed ? describeRevert(inner) : { problem: "", meaning: undefined };
  return new InputError(`the operation would not be included: ${[reason, problem].filter(Boolean).join(", ")}`, {
    limit: meaning ?? "an operation that its account and the paymaster accept",
    remedy: "Nothing was sent and nothing paid. Sign again with what the reason names put right.",
    cause: error,
  });
}
