import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseEnv } from "node:util";
import { InputError } from "../common/errors.ts";
import { describeFileError } from "../common/fileErrors.ts";
import type { Environment } from "./load.ts";
import { type SettingName, settings } from "./schema.ts";

/** The file that is read in the working directory when no other is named. */
export const CONFIG_FILE = "openledger.config";
/** Names another file. */
const NAMED_BY = "OPENLEDGER_CONFIG";

/** Settings of which one takes the other's place. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ["OPENLEDGER_KEYSTORE", "OPENLEDGER_DEV_ACCOUNT"],
  ...secrets().map((name) => [name, `${name}_FILE`]),
];
const PATHS: ReadonlySet<string> = new Set([
  "OPENLEDGER_STATE_DIR",
  "OPENLEDGER_KEYSTORE",
  ...secrets().map((name) => `${name}_FILE`),
]);

/**
 * The settings of `openledger.config` in `directory`, or of the file that `OPENLEDGER_CONFIG` names, that the environment does
 * not decide: lines `NAME=value` as in `.env.example`. Paths in it start from its own folder.
 *
 * @throws InputError for a file that is named and cannot be read, and for a name that is no setting
 */
export function settingsOfFile(environment: Environment, directory: string): Record<string, string> {
  const named = environment[NAMED_BY] ?? "";
  const path = resolve(directory, named === "" ? CONFIG_FILE : named);
  const text = read(path, named !== "");
  if (text === undefined) return {};
  const decided = new Set(
    Object.keys(environment).flatMap((name) => ALTERNATIVES.find((names) => names.includes(name)) ?? [name]),
  );
  return Object.fromEntries(
    Object.entries(parseEnv(text))
      .map(([name, value]): [string, string] => {
        requireSetting(name, path);
        return [name, PATHS.has(name) && value ? resolve(dirname(path), value) : (value ?? "")];
      })
      .filter(([name]) => !decided.has(name)),
  );
}

function read(path: string, required: boolean): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw describeFileError(error);
  }
}

function requireSetting(name: string, path: string): void {
  if (Object.hasOwn(settings, name) || secrets().some((secret) => name === `${secret}_FILE`)) return;
  throw new InputError(`${path} has a setting that there is not`, {
    value: name,
    limit: "a setting of .env.example",
    remedy: "Correct the name, or take the line out.",
  });
}

function secrets(): SettingName[] {
  return (Object.keys(settings) as SettingName[]).filter((name) => {
    const setting = settings[name];
    return "secret" in setting && setting.secret;
  });
}
