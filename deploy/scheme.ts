import { defaultPassagesScheme } from "../oracle/attribution/passages/passagesScheme.ts";
import { defaultScheme, schemeId } from "../oracle/attribution/scheme.ts";

/**
 * The attribution schemes that model versions may name from the first day on, of texts, of images and of answers made of passages; governance
 * allows others.
 */
export const SCHEME_IDS = [
  schemeId(defaultScheme("text")),
  schemeId(defaultScheme("image")),
  schemeId(defaultPassagesScheme()),
] as const;
