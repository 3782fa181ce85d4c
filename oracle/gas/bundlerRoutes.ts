import { ENTRY_POINT } from "@openledger/protocol/entryPoint.ts";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { type AddRoutes } from "../api/server.ts";
import { InputError, messageOf, OpenLedgerError } from "../common/errors.ts";
import { toJson } from "../common/json.ts";
import type { Logger } from "../common/logger.ts";
import type { Bundler } from "./bundler.ts";
import { encodeQuantities, submissionSchema } from "./userOperationWire.ts";

const requestSchema = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.number(), z.string(), z.null()]),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
});
const hashSchema = z.tuple([z.string().regex(/^0x[0-9a-fA-F]{64}$/u, "a hash")]);
const operationSchema = z.tuple([submissionSchema, z.string()]).rest(z.unknown());

/** Codes of JSON-RPC and of ERC-7769. */
const CODE = { unknownMethod: -32_601, parameters: -32_602, refused: -32_500, internal: -32_603 } as const;

/** A bundler's methods, as clients of ERC-4337 call them. */
export function bundlerRoutes(bundler: Bundler, chainId: bigint, log: Logger): AddRoutes {
  const methods: Readonly<Record<string, (params: readonly unknown[]) => unknown>> = {
    eth_chainId: () => `0x${chainId.toString(16)}`,
    eth_supportedEntryPoints: () => [ENTRY_POINT],
    eth_estimateUserOperationGas: async (params) => encodeQuantities(await bundler.estimate(operationOf(params))),
    eth_sendUserOperation: (params) => bundler.send(operationOf(params)),
    eth_getUserOperationReceipt: async (params) => {
      const [userOpHash] = hashSchema.parse(params);
      const found = await bundler.receipt(userOpHash);
      if (found === undefined) return null;
      const { transactionHash, blockNumber, success, actualGasCost } = found;
      const receipt = { transactionHash, blockNumber: `0x${blockNumber.toString(16)}` };
      return { userOpHash, entryPoint: ENTRY_POINT, success, ...encodeQuantities({ actualGasCost }), receipt };
    },
  };

  return (server) => {
    server
      .withTypeProvider<ZodTypeProvider>()
      .post("/", { schema: { body: requestSchema, hide: true } }, async ({ body: { id, method, params } }, reply) => {
        const answer = (outcome: object) => reply.send({ jsonrpc: "2.0", id, ...outcome });
        if (!Object.hasOwn(methods, method)) {
          const limit = Object.keys(methods).join(", ");
          return answer({ error: { code: CODE.unknownMethod, message: `no method ${method}; there are ${limit}` } });
        }
        try {
          return await answer({ result: await methods[method]!(params) });
        } catch (error) {
          if (error instanceof z.ZodError) {
            return answer({ error: { code: CODE.parameters, message: z.prettifyError(error) } });
          }
          if (error instanceof OpenLedgerError) {
            return answer({ error: { code: CODE.refused, message: error.message, data: detailsOf(error) } });
          }
          log.error({ err: error }, "request failed");
          return answer({ error: { code: CODE.internal, message: messageOf(error) } });
        }
      });
  };
}

function operationOf(params: readonly unknown[]) {
  const [submission, entryPoint] = operationSchema.parse(params);
  if (entryPoint.toLowerCase() === ENTRY_POINT.toLowerCase()) return submission;
  throw new InputError("this bundler has another EntryPoint", { value: entryPoint, limit: ENTRY_POINT });
}

function detailsOf({ value, limit, remedy }: OpenLedgerError) {
  return {
    ...(value === undefined ? {} : { value: typeof value === "string" ? value : toJson(value) }),
    limit,
    remedy,
  };
}
