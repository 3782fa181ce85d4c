import { canonicalJson, hashCanonicalJson } from "@openledger/protocol/canonicalJson.ts";
import type { Hash } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { ContentError, messageOf } from "../common/errors.ts";
import { ID_TEXT } from "../common/idText.ts";
import type { ContentFiles } from "../jobs/contentFiles.ts";

/** Parents that a model can have: an agent's tools are its model's parents. */
const MAX_TOOLS = 8;
const line = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => !/\p{Cc}/u.test(text), "one line without control characters");

/** All that decides what an agent does: its hash is the version on the chain. */
export const manifestSchema = z.strictObject({
  format: z.literal("openledger-agent/1"),
  name: line(80),
  description: line(400),
  /** The reply, with what the tools found in braces: docs/agents.md has the words. */
  prompt: z.string().min(1).max(4_000),
  /** The models that it asks, each what it was asked. */
  tools: z
    .array(z.strictObject({ name: line(40), modelId: z.string().regex(ID_TEXT, "a model's id") }))
    .min(1)
    .max(MAX_TOOLS)
    .refine((tools) => new Set(tools.map(({ modelId }) => modelId)).size === tools.length, "each model once"),
  /** Most passages that a reply quotes. */
  quotes: z.number().int().min(0).max(10),
});
export type AgentManifest = z.output<typeof manifestSchema>;

export function manifestHash(manifest: AgentManifest): Hash {
  return hashCanonicalJson(manifest);
}

/** @returns the URI to publish */
export async function putAgentManifest(content: ContentFiles, manifest: AgentManifest): Promise<string> {
  return content.put(new TextEncoder().encode(canonicalJson(manifest)));
}

/** @throws ContentError for a file that is no manifest, or another than the chain names */
export async function getAgentManifest(content: ContentFiles, uri: string, hash: string): Promise<AgentManifest> {
  let manifest: AgentManifest;
  try {
    manifest = manifestSchema.parse(
      JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await content.get(uri))),
    );
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError || error instanceof TypeError)) throw error;
    throw new ContentError(`an agent's manifest cannot be read: ${messageOf(error)}`, { value: uri, cause: error });
  }
  if (manifestHash(manifest) === hash) return manifest;
  throw new ContentError("an agent's manifest is not the version on the chain", {
    value: manifestHash(manifest),
    limit: hash,
  });
}
