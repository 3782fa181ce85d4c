import { parseScheme, schemeId } from "../oracle/attribution/scheme.ts";

/** The attribution scheme that model versions may name from the first day on; governance allows others. */
export const DEFAULT_SCHEME_ID = schemeId(parseScheme({ method: "kernel-operator/1", numerics: "ieee-sequential/1" }));
