import { readFileSync } from "node:fs";
import { InputError, messageOf } from "../common/errors.ts";
import { type Config, type SettingName, settings } from "./schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration from environment variables. An empty variable counts as absent. `NAME_FILE` is read for
 * secrets, with a line end at its end removed.
 *
 * @throws InputError that names the variable, what it may be, and never the value of a secret.
 */
export function loadConfig(environment: Environment): Config {
  const entries = Object.entries(settings).map(([name, setting]) => {
    const secret = "secret" in setting && setting.secret;
    const raw = secret ? readSecret(environment, name) : present(environment[name]);
    const parsed = setting.schema.safeParse(raw);
    if (!parsed.success) {
      throw new InputError(`${name} is not usable: ${parsed.error.issues.map((issue) => issue.message).join("; ")}`, {
        value: secret ? undefined : raw,
        limit: setting.about,
        remedy: `Set ${name} in the environment; .env.example lists all settings.`,
      });
    }
    return [name, parsed.data] as const;
  });
  // fromEntries forgets which schema made which value; the keys are exactly those of `settings`
  return Object.fromEntries(entries) as unknown as Config;
}

function readSecret(environment: Environment, name: string): string | undefined {
  const direct = present(environment[name]);
  const fileName = `${name}_FILE`;
  const path = present(environment[fileName]);
  if (path === undefined) return direct;
  if (direct !== undefined) {
    throw new InputError(`${name} and ${fileName} are both set`, { remedy: `Unset one of them.` });
  }
  try {
    return present(readFileSync(path, "utf8").replace(/\r?\n$/u, ""));
  } catch (error) {
    throw new InputError(`${fileName} cannot be read: ${messageOf(error)}`, {
      value: path,
      limit: "a readable file",
      remedy: `Create the file, or set ${name}.`,
      cause: error,
    });
  }
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

/** The environment variables that give a child process this configuration. */
export function toEnvironment(config: Partial<Record<SettingName, string | number | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );
}
