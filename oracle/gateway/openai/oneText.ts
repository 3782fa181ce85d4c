import { z } from "zod";

/** The input of a call that takes one text: OpenAI's clients also send a list of one. */
export const oneText = z.union([z.string(), z.tuple([z.string()]).transform(([text]) => text)], {
  error: "a text, or a list of one: one payment buys one answer",
});
