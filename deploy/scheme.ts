import { defaultScheme, schemeId } from "../oracle/attribution/scheme.ts";

/** The attribution schemes that model versions may name from the first day on, of texts and of images; governance allows others. */
export const SCHEME_IDS = [schemeId(defaultScheme("text")), schemeId(defaultScheme("image"))] as const;
