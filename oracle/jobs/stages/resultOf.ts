import type { z } from "zod";
import { NotYetError } from "../../common/errors.ts";
import type { Context } from "../context.ts";

/** The result of an earlier stage. @throws NotYetError when that stage has not finished */
export async function resultOf<S extends z.ZodType>(
  context: Pick<Context, "results">,
  stage: string,
  subject: string,
  schema: S,
): Promise<z.output<S>> {
  const result = await context.results.read(stage, subject, schema);
  if (result === undefined) throw new NotYetError("an earlier stage has not finished", { value: `${stage} ${subject}` });
  return result;
}
