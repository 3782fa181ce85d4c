import { InputError } from "../common/errors.ts";
import { LICENCE_BITS } from "../store/datanets.ts";

/** Positions of IDatanetRegistry.Admission. */
export const ADMISSION = { open: 0, allowlist: 1 } as const;

/** A licence as somebody typed it: its bits. */
export function parseLicence(text: string): number {
  return text.split(",").reduce((bits, word) => {
    const bit = LICENCE_BITS.findIndex((use) => use === word.trim());
    if (bit !== -1) return bits | (1 << bit);
    throw new InputError("this is not part of a licence", { value: word, limit: LICENCE_BITS.join(", ") });
  }, 0);
}

export function parseAdmission(text: string): keyof typeof ADMISSION {
  if (text in ADMISSION) return text as keyof typeof ADMISSION;
  throw new InputError("this is not an admission", { value: text, limit: Object.keys(ADMISSION).join(" or ") });
}
