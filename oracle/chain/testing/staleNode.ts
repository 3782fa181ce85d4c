import { keccak256 } from "ethers";
import type { RpcRequest } from "../rpcAnswer.ts";

interface Block {
  readonly number: string;
  readonly hash: string;
}

/** What a node that is behind, or on a fork of its own, makes of the answers of one that is not. */
export interface StaleNode {
  /** Changes a request to what such a node would read it as. */
  request(request: RpcRequest): RpcRequest;
  /** Changes the answer of the up-to-date node to what such a node would say. */
  result(request: RpcRequest, result: unknown): unknown;
}

/** @param height the newest block that the node has */
export function laggingNode(height: number): StaleNode {
  const latest = `0x${Math.max(0, height).toString(16)}`;
  const hasNot = (number: string | null | undefined) => number != null && Number(number) > height;
  return {
    request: (request) => {
      // what it computes on an old state is wrong for a moment: whoever asks runs again, and the scenario does not
      if (request.method === "eth_call" || request.method === "eth_estimateGas") return request;
      const params = request.params.map((value) => (value === "latest" || value === "pending" ? latest : value));
      return { ...request, params };
    },
    result: ({ method }, result) => {
      if (method === "eth_blockNumber") return latest;
      if (method === "eth_getLogs") return (result as { blockNumber: string }[]).filter((l) => !hasNot(l.blockNumber));
      if (method === "eth_getBlockByNumber") return hasNot((result as Block | null)?.number) ? null : result;
      if (method === "eth_getTransactionReceipt" || method === "eth_getTransactionByHash") {
        return hasNot((result as { blockNumber?: string } | null)?.blockNumber) ? null : result;
      }
      return result;
    },
  };
}

/** A node whose blocks from `first` on are others, and empty. */
export function forkedNode(first: number): StaleNode {
  const isOther = (number: string | null | undefined) => number != null && Number(number) >= first;
  const other = (hash: string) => keccak256(hash);
  return {
    request: (request) => request,
    result: ({ method }, result) => {
      if (result === null) return null;
      if (method === "eth_getLogs") return (result as { blockNumber: string }[]).filter((l) => !isOther(l.blockNumber));
      if (method === "eth_getTransactionReceipt") {
        return isOther((result as { blockNumber: string }).blockNumber) ? null : result;
      }
      if (method !== "eth_getBlockByNumber") return result;
      const block = result as Block & { parentHash: string };
      if (!isOther(block.number)) return block;
      const parentHash = Number(block.number) > first ? other(block.parentHash) : block.parentHash;
      return { ...block, hash: other(block.hash), parentHash, logsBloom: `0x${"0".repeat(512)}`, transactions: [] };
    },
  };
}
