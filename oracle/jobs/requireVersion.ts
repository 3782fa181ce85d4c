import { NotYetError } from "../common/errors.ts";
import type { Version } from "../store/protocolView.ts";
import type { Context } from "./context.ts";

/** The published version of that id. @throws NotYetError when it is not scanned yet */
export async function requireVersion(context: Context, subject: string): Promise<Version> {
  const version = (await context.view.versions()).find(({ versionId }) => versionId === BigInt(subject));
  if (version === undefined) throw new NotYetError("the version is not scanned yet", { value: subject });
  return version;
}
