import { z } from "zod";

/** A model's id on the chain, as OpenAI's clients name a model. */
export const modelName = z
  .string()
  .regex(/^[1-9]\d{0,77}$/u, "the id of a model: GET /v1/models lists them")
  .transform(BigInt);
