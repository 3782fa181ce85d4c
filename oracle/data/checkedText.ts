import { DataError, shown } from "./errors.ts";

/** Longest text that is labelled or asked, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 65_536;
/** Longest label, or name of a source, in UTF-16 code units. */
export const MAX_LABEL_LENGTH = 128;

/** A string with something in it. @throws DataError `example-invalid` */
export function checkedText(what: string, value: unknown, longest: number): string {
  const limit = `a ${what} is a string of 1 to ${longest} characters`;
  if (typeof value !== "string") {
    const remedy = value === undefined ? `add a "${what}"` : `write it in quotes: ${shown(shown(value))}`;
    throw invalid(`the ${what} is ${shown(value)}`, limit, remedy);
  }
  if (value.trim() === "") throw invalid(`the ${what} is blank`, limit, "fill it in or leave the row out");
  if (value.length > longest) {
    throw invalid(`the ${what} has ${value.length} characters`, limit, "shorten it or split the row");
  }
  if (/\p{Surrogate}/u.test(value)) {
    throw invalid(`the ${what} has half of a surrogate pair`, "text is well-formed Unicode", "write it again as UTF-8");
  }
  return value;
}

const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\s]*$/u;

/** Refuses what a file's text may not be besides. @throws DataError `example-invalid` */
export function requireReadable(text: string): void {
  if (INVISIBLE.test(text)) {
    throw invalid("the text is invisible", "a text has at least one character that shows", "leave the row out");
  }
  const zero = text.indexOf("\0");
  if (zero < 0) return;
  throw invalid(`the text has a NUL character (U+0000) at position ${zero + 1}`, "a text has none", "remove it");
}

function invalid(value: string, limit: string, remedy: string): DataError {
  return new DataError({ code: "example-invalid", value, limit, remedy });
}
