import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ContentError, NotFoundError } from "../../common/errors.ts";
import { isCid } from "@openledger/protocol/cid.ts";
import { withFileErrors } from "../../common/fileErrors.ts";
import type { AddedBase } from "./addBase.ts";

const addedSchema = z.strictObject({ name: z.string(), base: z.string(), source: z.string(), license: z.string() });

/** The bases that were added to a state directory, by name. */
export function listBases(state: string): AddedBase[] {
  const folder = join(state, "bases");
  if (!existsSync(folder)) return [];
  const files = withFileErrors(folder, () => readdirSync(folder).filter((file) => file.endsWith(".json")));
  return files.sort().map((file) => {
    const path = join(folder, file);
    try {
      return addedSchema.parse(JSON.parse(withFileErrors(path, () => readFileSync(path, "utf8"))));
    } catch (cause) {
      if (!(cause instanceof SyntaxError) && !(cause instanceof z.ZodError)) throw cause;
      throw new ContentError("what is kept of a base cannot be read", {
        value: path,
        remedy: "Remove the file and add the base again: npx openledger base add.",
        cause,
      });
    }
  });
}

export function rememberBase(state: string, added: AddedBase): void {
  const folder = join(state, "bases");
  withFileErrors(folder, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${added.name}.json`), `${JSON.stringify(added, undefined, 2)}\n`);
  });
}

/** The hash of a base, by its name or as it stands. @throws NotFoundError for a name that was not added */
export function baseHash(state: string, nameOrHash: string): string {
  if (isCid(nameOrHash)) return nameOrHash;
  const bases = listBases(state);
  const found = bases.find(({ name }) => name === nameOrHash);
  if (found !== undefined) return found.base;
  throw new NotFoundError("there is no such base", {
    value: nameOrHash,
    limit: bases.length === 0 ? "none was added here" : bases.map(({ name }) => name).join(", "),
    remedy: "Add it: npx openledger base add.",
  });
}
