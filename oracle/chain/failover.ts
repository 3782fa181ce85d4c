import { AccessError, ChainError } from "../common/errors.ts";
import { retry } from "../common/retry.ts";
import type { Endpoint } from "./endpoint.ts";
import { type RpcAnswer, TransientFailure } from "./rpcAnswer.ts";

/** Several endpoints of one chain, used as one. */
export interface Failover {
  /** Asks the preferred endpoint that works, and again until one answers or the attempts are used up. */
  ask(method: string, params: readonly unknown[]): Promise<RpcAnswer>;
  /**
   * Looks at every endpoint once.
   *
   * @throws ChainError when one of them serves another chain, or when none answers
   */
  verify(): Promise<void>;
}

/** Rounds over all endpoints; the waits between eight of them add up to 13 to 26 seconds. */
const ATTEMPTS = 8;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** At the first contact, when a wrong address is likelier than an outage. */
const FIRST_ATTEMPTS = 4;
/** The reader of logs asks for fewer blocks instead. */
const LOG_ATTEMPTS = 3;

/** How long an endpoint that failed is passed over, in milliseconds: doubles with every failure. */
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;
/** How long one that refuses access, or serves another chain, is passed over. */
const REFUSED_REST_MS = 300_000;

interface Member {
  readonly endpoint: Endpoint;
  verified: boolean;
  failures: number;
  restsUntil: number;
}

/** @param endpoints the preferred one first @param signal ends the waiting */
export function createFailover(endpoints: readonly Endpoint[], chainId: number, signal: AbortSignal): Failover {
  const members: Member[] = endpoints.map((endpoint) => ({ endpoint, verified: false, failures: 0, restsUntil: 0 }));

  /** Those that work in the order of preference, then the others, the one whose rest ends first before. */
  function inOrder(): Member[] {
    const now = Date.now();
    const rest = ({ restsUntil }: Member) => Math.max(restsUntil, now);
    return [...members].sort((a, b) => rest(a) - rest(b));
  }

  async function askMember(
    member: Member,
    method: string,
    params: readonly unknown[],
    alone: boolean,
  ): Promise<RpcAnswer> {
    try {
      if (!member.verified) await requireChain(member.endpoint, chainId);
      member.verified = true;
      const answer = await member.endpoint.ask(method, params, alone);
      member.failures = 0;
      member.restsUntil = 0;
      return answer;
    } catch (error) {
      const rest = error instanceof TransientFailure ? FIRST_REST_MS * 2 ** member.failures++ : REFUSED_REST_MS;
      member.restsUntil = Date.now() + Math.min(rest, error instanceof TransientFailure ? LONGEST_REST_MS : rest);
      throw error;
    }
  }

  /** Asks one endpoint after the other. @throws the failure that promises most: one that may pass */
  async function askInOrder(method: string, params: readonly unknown[], alone: boolean): Promise<RpcAnswer> {
    let failure: unknown;
    for (const member of inOrder()) {
      try {
        return await askMember(member, method, params, alone);
      } catch (error) {
        if (signal.aborted) throw error;
        if (!(failure instanceof TransientFailure)) failure = error;
      }
    }
    throw failure;
  }

  return {
    ask: async (method, params) => {
      // whether a lost answer means a sent transaction is for the sender to find out
      if (method === "eth_sendRawTransaction") return askMember(inOrder()[0]!, method, params, true);
      return retry((attempt) => askInOrder(method, params, attempt > 1), {
        attempts: method === "eth_getLogs" ? LOG_ATTEMPTS : ATTEMPTS,
        firstDelayMs: FIRST_DELAY_MS,
        maxDelayMs: LONGEST_DELAY_MS,
        isRetryable: (error) => !signal.aborted && error instanceof TransientFailure,
        signal,
      });
    },
    verify: async () => {
      const looks = await Promise.allSettled(
        members.map((member) =>
          retry(() => requireChain(member.endpoint, chainId), {
            attempts: FIRST_ATTEMPTS,
            firstDelayMs: FIRST_DELAY_MS,
            isRetryable: (error) => error instanceof TransientFailure,
            signal,
          }),
        ),
      );
      for (const [i, look] of looks.entries()) members[i]!.verified = look.status === "fulfilled";
      const failures = looks.flatMap((look) => (look.status === "rejected" ? [look.reason as unknown] : []));
      const otherChain = failures.find((error) => error instanceof OtherChainError);
      if (otherChain !== undefined) throw otherChain;
      if (failures.length === looks.length) throw failures.find((error) => error instanceof AccessError) ?? failures[0];
    },
  };
}

class OtherChainError extends ChainError {}

async function requireChain(endpoint: Endpoint, chainId: number): Promise<void> {
  const { origin } = endpoint;
  const answer = await endpoint.ask("eth_chainId", [], true);
  if ("error" in answer) throw new TransientFailure(answer.error.message, origin);
  const reported = Number(answer.result);
  if (reported === chainId) return;
  throw new OtherChainError("the endpoint serves another chain", {
    value: `chain id ${reported} at ${origin}`,
    limit: `chain id ${chainId}`,
    remedy: "Set OPENLEDGER_RPC_URL to an endpoint of that chain, or OPENLEDGER_CHAIN_ID to this one.",
  });
}
