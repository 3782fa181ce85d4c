import { isError } from "ethers";
import { messageOf } from "../common/errors.ts";
import { allInterfaces } from "./artifacts.ts";

/** The custom error behind a failed call or estimate, with its arguments, such as `DatanetInvalidName("")`. */
export function describeRevert(error: unknown): string {
  const data = revertData(error);
  if (data === undefined) return nodeMessage(error);
  for (const contract of allInterfaces()) {
    const parsed = contract.parseError(data);
    if (parsed !== null) return `${parsed.name}(${parsed.args.map((value) => String(value)).join(", ")})`;
  }
  return `unknown error ${data.slice(0, 10)}`;
}

/** What the node said, rather than what ethers makes of it. */
export function nodeMessage(error: unknown): string {
  const message = (error as { info?: { error?: { message?: unknown } } }).info?.error?.message;
  return typeof message === "string" ? message : messageOf(error);
}

/** The node's revert data; ethers leaves it in `info` when the node answers in a form of its own. */
function revertData(error: unknown): string | undefined {
  if (isError(error, "CALL_EXCEPTION") && typeof error.data === "string") return error.data;
  const answer = (error as { info?: { error?: { data?: unknown } } }).info?.error?.data;
  const data = typeof answer === "object" && answer !== null ? (answer as { data?: unknown }).data : answer;
  return typeof data === "string" && data.startsWith("0x") ? data : undefined;
}
