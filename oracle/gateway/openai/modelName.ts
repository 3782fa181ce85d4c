import { z } from "zod";
import { ID_TEXT } from "../../common/idText.ts";

/** A model's id on the chain, as OpenAI's clients name a model. */
export const modelName = z.string().regex(ID_TEXT, "the id of a model: GET /v1/models lists them").transform(BigInt);
