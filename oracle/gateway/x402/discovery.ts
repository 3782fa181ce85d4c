import type { Extension } from "./wire.ts";

/** x402's extension for those that list what can be bought. */
export const DISCOVERY = "bazaar";

/** How a resource is asked, and what it answers: one example of both, and the form of the body. */
export interface Discovery {
  readonly body: object;
  readonly bodySchema: object;
  readonly answer: object;
}

export function discoveryExtension({ body, bodySchema, answer }: Discovery): Extension {
  return {
    info: {
      input: { type: "http", method: "POST", bodyType: "json", body },
      output: { type: "json", example: answer },
    },
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        input: {
          type: "object",
          properties: {
            type: { const: "http" },
            method: { enum: ["POST"] },
            bodyType: { enum: ["json"] },
            body: bodySchema,
          },
          required: ["type", "method", "bodyType", "body"],
          additionalProperties: false,
        },
        output: { type: "object" },
      },
      required: ["input"],
    },
  };
}
