import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asAddress } from "@openledger/protocol/hex.ts";
import { z } from "zod";
import { submission } from "../api/schemas.ts";
import { messageOf, OpenLedgerError } from "../common/errors.ts";
import { type Example, isWritten } from "../data/example.ts";
import { type ContentFiles, createContentFiles } from "../jobs/contentFiles.ts";
import { getSubmission } from "../jobs/submissionFiles.ts";
import { askApi } from "./apiClient.ts";
import type { Session } from "./session.ts";

const page = z.object({ submissions: z.array(submission) });
const PAGE = 1000;

/**
 * The examples that a Datanet holds or that are under review there, quality data first. Says what could not be fetched, and returns undefined where
 * nobody tells: a preview is a courtesy, and nothing fails for want of one.
 *
 * @param api an operator's read API; it serves files too
 */
export async function contributedExamples(
  { config, output }: Pick<Session, "config" | "output">,
  api: string,
  datanetId: bigint,
): Promise<Example[] | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "openledger-preview-"));
  try {
    const content = contentFiles(directory, config, api);
    const byKind = { quality: [] as Example[], train: [] as Example[] };
    let missing = 0;
    for (const { uri, contributor, parts, acceptedMask } of await submissionsOf(api, datanetId)) {
      try {
        const contents = await getSubmission(content, uri, asAddress(contributor), parts);
        for (const [p, { examples }] of contents.entries()) {
          const rejected = acceptedMask !== undefined && ((acceptedMask >> BigInt(p)) & 1n) === 0n;
          if (!rejected) byKind[parts[p]!.kind].push(...examples.filter((example) => !isWritten(example)));
        }
      } catch (error) {
        if (!(error instanceof OpenLedgerError)) throw error;
        missing++;
      }
    }
    if (missing > 0) output.say(`note: not compared with ${missing} submissions whose files nobody serves now`);
    return [...byKind.quality, ...byKind.train];
  } catch (error) {
    if (!(error instanceof OpenLedgerError)) throw error;
    output.say(`note: not compared with what the Datanet holds: ${messageOf(error)} (--api ${api})`);
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Files of one's own are read where they are; what is fetched is not kept. */
function contentFiles(directory: string, config: Session["config"], api: string): ContentFiles {
  const state = config.OPENLEDGER_STATE_DIR;
  const own = state === undefined ? undefined : createContentFiles(join(state, "content"), []);
  const fetched = createContentFiles(directory, [...config.OPENLEDGER_PEERS, api]);
  return { ...fetched, get: async (uri) => (await own?.find(uri)) ?? fetched.get(uri) };
}

/** Everything ever submitted to a Datanet. */
export async function submissionsOf(api: string, datanetId: bigint): Promise<z.output<typeof submission>[]> {
  const all: z.output<typeof submission>[] = [];
  for (;;) {
    const after = all.at(-1)?.submissionId ?? 0n;
    const { submissions } = await askApi(
      api,
      `/v1/submissions?datanetId=${datanetId}&after=${after}&limit=${PAGE}`,
      page,
    );
    all.push(...submissions);
    if (submissions.length < PAGE) return all;
  }
}
