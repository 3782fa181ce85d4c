import { readFileSync } from "node:fs";
import { z } from "zod";
import { ContentError, InputError, messageOf } from "../common/errors.ts";

/**
 * Reads a JSON document that another command wrote.
 *
 * @param what for messages, such as "a signed claim".
 * @throws InputError when the file cannot be read, ContentError when it is something else
 */
export function readDocument<S extends z.ZodType>(file: string, schema: S, what: string): z.output<S> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(`the file cannot be read: ${messageOf(error)}`, { value: file, limit: what, cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new ContentError(`this is not ${what}: ${reason}`, {
      value: file,
      remedy: "Use the file as the command wrote it.",
      cause: error,
    });
  }
}
