import { formatOpen } from "@openledger/protocol/units.ts";
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { datanet, model } from "../../api/schemas.ts";
import { askApi } from "../apiClient.ts";
import { explain } from "../explain.ts";
import { table } from "../output.ts";
import { modelArgument, questionOf, textArgument } from "./question.ts";
import type { ToolContext } from "./toolContext.ts";
import { asTool, toolResult } from "./toolResult.ts";

const READS = { readOnlyHint: true, openWorldHint: true } as const;
const page = {
  after: z.number().int().min(0).default(0).describe("Only ids above this one"),
  limit: z.number().int().min(1).max(100).default(50).describe("At most this many"),
};

/** What costs nothing: what there is, what an answer would cost, and why somebody was paid. */
export function addFreeTools(server: McpServer, context: ToolContext): void {
  const { api, contracts, log, purse, quote } = context;

  server.registerTool(
    "list_models",
    {
      title: "List models",
      description: "The models of this economy with what an answer costs in OPEN. Free.",
      inputSchema: z.object(page),
      annotations: READS,
    },
    ({ after, limit }) =>
      asTool(log, async () => {
        const { models } = await askApi(api, "/v1/models", z.object({ models: z.array(model) }));
        const shown = models.filter(({ modelId }) => modelId > BigInt(after)).slice(0, limit);
        const listed = await Promise.all(
          shown.map(async ({ modelId, uri, parents, base, activeVersionId }) => {
            const { price } = await contracts.ModelRegistry.modelOf(modelId);
            const state = activeVersionId === undefined && !base ? "no active version" : "active";
            return { modelId, price: formatOpen(price), state, parents, base, uri };
          }),
        );
        const text = table(listed, [
          { title: "model", value: ({ modelId }) => `${modelId}`, align: "right" },
          { title: "OPEN", value: ({ price }) => price, align: "right" },
          { title: "state", value: ({ state }) => state },
          { title: "parents", value: ({ parents }) => parents.map(({ modelId }) => `${modelId}`).join(", ") },
          { title: "described at", value: ({ uri }) => uri },
        ]);
        return toolResult(text, { models: listed, total: models.length });
      }),
  );

  server.registerTool(
    "list_datanets",
    {
      title: "List Datanets",
      description: "The Datanets whose contributors are paid for what models learn from them. Free.",
      inputSchema: z.object(page),
      annotations: READS,
    },
    ({ after, limit }) =>
      asTool(log, async () => {
        const { datanets } = await askApi(api, "/v1/datanets", z.object({ datanets: z.array(datanet) }));
        const listed = datanets.filter(({ datanetId }) => datanetId > BigInt(after)).slice(0, limit);
        const text = table(listed, [
          { title: "Datanet", value: ({ datanetId }) => `${datanetId}`, align: "right" },
          { title: "name", value: ({ name }) => name },
          { title: "contributions", value: ({ accepted }) => `${accepted}`, align: "right" },
          { title: "license", value: ({ licence }) => licence.join(", ") },
        ]);
        return toolResult(text, { datanets: listed, total: datanets.length });
      }),
  );

  server.registerTool(
    "quote",
    {
      title: "Quote",
      description:
        "What an answer of a model to a text would cost, and whether it can read the text. Pays nothing. Free.",
      inputSchema: z.object({ model: modelArgument, text: textArgument }),
      annotations: READS,
    },
    ({ model: name, text }) =>
      asTool(log, async () => {
        const { offer, required } = await quote(BigInt(name), questionOf(text));
        const price = formatOpen(offer.price);
        const left = purse && {
          perCall: formatOpen(purse.limits.perCall),
          left: formatOpen(purse.limits.total - purse.spent()),
        };
        const budget =
          left === undefined
            ? "This server pays nothing: pay with _meta x402/payment."
            : `This server may spend ${left.perCall} OPEN for a call, and ${left.left} OPEN more in all.`;
        return toolResult(`An answer of model ${name} costs ${price} OPEN. ${budget}`, {
          modelId: name,
          price,
          payTo: offer.till,
          accepts: required.accepts,
          ...(left === undefined ? {} : { budget: left }),
        });
      }),
  );

  server.registerTool(
    "explain",
    {
      title: "Explain",
      description:
        "Why an account, a contribution or a paid answer got what it got, with every number: give an address, a contribution's id, or a receipt's payment id. Free.",
      inputSchema: z.object({
        what: z.string().max(80).describe("0x and 40 digits, an id, or 0x and 64 digits"),
        root: z
          .string()
          .regex(/^(latest|0x[0-9a-f]{64})$/u, "latest, or a root's hash")
          .default("latest")
          .describe("The settlement to explain"),
      }),
      annotations: READS,
    },
    ({ what, root }) =>
      asTool(log, async () => {
        const { value, text } = await explain(api, what, root);
        return toolResult(text, value);
      }),
  );
}
