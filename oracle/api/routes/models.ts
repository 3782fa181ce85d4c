import { z } from "zod";
import { NotFoundError } from "../../common/errors.ts";
import type { Context } from "../../jobs/context.ts";
import { attestedIndex } from "../../jobs/indexEvents.ts";
import { activeVersion } from "../../jobs/poolEvents.ts";
import { findResult } from "../../jobs/results.ts";
import type { Model, Version } from "../../store/protocolView.ts";
import { id, model, version } from "../schemas.ts";
import type { AddRoutes } from "../server.ts";

/** After every epoch that has a number: the version that was activated last. */
const EVER = 2n ** 64n;

/** Models, their versions and the indexes of these. */
export function modelRoutes({ events, view, results }: Pick<Context, "events" | "view" | "results">): AddRoutes {
  async function describeVersion(of: Version): Promise<z.output<typeof version>> {
    const index = await attestedIndex(events, of.versionId);
    const described = { ...of, snapshotIds: [...of.snapshotIds] };
    if (index === undefined) return described;
    const own = await findResult({ results }, "index", of.versionId.toString());
    const isOwn = own?.partsHash === index.partsHash && own.bundleHash === index.bundleHash;
    return { ...described, index: isOwn ? { ...index, manifest: own.index } : index };
  }
  async function describeModel(of: Model): Promise<z.output<typeof model>> {
    const versions = (await view.versions()).filter(({ modelId }) => modelId === of.modelId);
    const active = await activeVersion(events, of.modelId, EVER);
    return {
      ...of,
      ...(active === undefined ? {} : { activeVersionId: active }),
      versions: await Promise.all(versions.map(describeVersion)),
    };
  }

  return (server) => {
    server.get(
      "/v1/models",
      { schema: { summary: "All models", response: { 200: z.object({ models: z.array(model) }) } } },
      async () => ({ models: await Promise.all((await view.models()).map(describeModel)) }),
    );

    server.get(
      "/v1/models/:modelId",
      { schema: { summary: "A model", params: z.object({ modelId: id }), response: { 200: model } } },
      async ({ params: { modelId } }) => {
        const models = await view.models();
        return describeModel(require("model", models, (m) => m.modelId === modelId, modelId, "/v1/models"));
      },
    );

    server.get(
      "/v1/versions/:versionId",
      { schema: { summary: "A version", params: z.object({ versionId: id }), response: { 200: version } } },
      async ({ params: { versionId } }) => {
        const versions = await view.versions();
        return describeVersion(require("version", versions, (v) => v.versionId === versionId, versionId, "/v1/models"));
      },
    );
  };
}

function require<T>(what: string, all: readonly T[], is: (item: T) => boolean, asked: bigint, list: string): T {
  const found = all.find(is);
  if (found !== undefined) return found;
  throw new NotFoundError(`there is no such ${what}`, {
    value: asked,
    limit: `${all.length} ${what}s`,
    remedy: `GET ${list} lists them.`,
  });
}
