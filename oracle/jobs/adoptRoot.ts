import type { Context } from "./context.ts";
import { postedCertificates } from "./postedCertificates.ts";
import { type ResultOf, resultOf } from "./results.ts";
import { type PostedRoot, rangeSubject } from "./rootEvents.ts";
import { settleRange } from "./settleRange.ts";

/**
 * This operator's root for the epochs of a posted one. Where the two differ because other certificates came together there, the
 * epochs are settled again with those, and what comes out stands if it is the posted root.
 */
export async function adoptRoot(context: Context, posted: PostedRoot): Promise<ResultOf<"settle">> {
  const { results } = context;
  const subject = rangeSubject(posted.root);
  const fork = await results.fork();
  const own = await resultOf(context, "settle", subject);
  if (own.rootHash === posted.rootHash) return own;
  const shown = await postedCertificates(context, posted);
  if (shown === undefined || sameFiles(shown.receiptsFiles, own.receiptsFiles)) return own;
  const settled = await settleRange(context, subject, shown);
  if (settled.rootHash !== posted.rootHash) return own;
  await results.replace("settle", subject, settled, fork);
  return settled;
}

/** Whether the same files count. */
export function sameFiles(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
