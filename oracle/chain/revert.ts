import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isError } from "ethers";
import { ChainError, messageOf } from "../common/errors.ts";
import { allInterfaces, REPOSITORY } from "./artifacts.ts";

const INTERFACES = join(REPOSITORY, "contracts", "interfaces");

/** A call that a contract refuses, as people can read it. */
export interface Refusal {
  /** The custom error with its arguments, such as `ReviewNotEnded(submissionId 5, endsAt 1763700000)`, or the node's words. */
  readonly problem: string;
  /** What the contracts' documentation says of the error. */
  readonly meaning: string | undefined;
}

/** The custom error behind a failed call or estimate. */
export function describeRevert(error: unknown): Refusal {
  const data = revertData(error);
  if (data === undefined) return { problem: nodeMessage(error), meaning: undefined };
  for (const contract of allInterfaces()) {
    const parsed = contract.parseError(data);
    if (parsed === null) continue;
    const { name, args, fragment } = parsed;
    const named = fragment.inputs.map((input, i) => `${input.name} ${String(args[i])}`.trim());
    return { problem: `${name}(${named.join(", ")})`, meaning: meaningOf(name) };
  }
  return { problem: `unknown error ${data.slice(0, 10)}`, meaning: undefined };
}

/** Whether a node ran the call and the call failed: not that it could not be asked. */
export function isFailedCall(error: unknown): boolean {
  return isError(error, "CALL_EXCEPTION") || /revert|out of gas|invalid opcode/iu.test(nodeMessage(error));
}

/**
 * What failed while the chain was asked, as a typed error: a revert of a call, or an endpoint that does not answer.
 * Anything else is returned as it is.
 */
export function toChainError(error: unknown): unknown {
  if (isError(error, "CALL_EXCEPTION")) {
    const { problem, meaning } = describeRevert(error);
    return new ChainError(`the contract refuses: ${problem}`, {
      limit: meaning ?? "a call that the contract allows",
      remedy: "Check the ids and the deployment; nothing was sent.",
      cause: error,
    });
  }
  if (isError(error, "TIMEOUT") || isError(error, "SERVER_ERROR") || isError(error, "NETWORK_ERROR")) {
    return new ChainError(`the chain does not answer: ${messageOf(error)}`, {
      limit: "a JSON-RPC endpoint that answers",
      remedy: "Check OPENLEDGER_RPC_URL, and that the endpoint is up.",
      retryable: true,
      cause: error,
    });
  }
  return error;
}

interface NodeError {
  readonly message?: unknown;
  readonly data?: unknown;
}

/** The error of the node's answer, which ethers leaves in `error` or in `info`. */
function nodeAnswer(error: unknown): NodeError | undefined {
  const { info, error: answer = info?.error } = error as { info?: { error?: NodeError }; error?: NodeError };
  return answer;
}

/** What the node said, rather than what ethers makes of it. */
export function nodeMessage(error: unknown): string {
  if (error instanceof ChainError && error.cause !== undefined) return nodeMessage(error.cause);
  const answer = nodeAnswer(error);
  return typeof answer?.message === "string" ? answer.message : messageOf(error);
}

/** The comment above an error's definition; undefined where there is none, as with OpenZeppelin's. */
function meaningOf(name: string): string | undefined {
  if (!existsSync(INTERFACES)) return undefined;
  const definition = new RegExp(`((?:^[ ]*///[^\\n]*\\n)+)^[ ]*error ${name}\\(`, "mu");
  for (const file of readdirSync(INTERFACES)) {
    const comment = definition.exec(readFileSync(join(INTERFACES, file), "utf8"))?.[1];
    if (comment === undefined) continue;
    const [text = ""] = comment.replaceAll(/^\s*\/\/\/\s?/gmu, "").split("@param");
    const plain = text.replace(/@\w+/u, "").replaceAll(/\s+/gu, " ");
    return plain.trim() === "" ? undefined : plain.trim();
  }
  return undefined;
}

/** The node's revert data, undefined where they name no error; ethers leaves them in `info` when the node answers in a form of its own. */
export function revertData(error: unknown): string | undefined {
  if (error instanceof ChainError && error.cause !== undefined) return revertData(error.cause);
  if (isError(error, "CALL_EXCEPTION") && typeof error.data === "string") return withSelector(error.data);
  const answer = (nodeAnswer(error) ?? (error as NodeError)).data;
  const data = typeof answer === "object" && answer !== null ? (answer as { data?: unknown }).data : answer;
  return withSelector(data);
}

function withSelector(data: unknown): string | undefined {
  return typeof data === "string" && /^0x[0-9a-f]{8}/iu.test(data) ? data : undefined;
}
