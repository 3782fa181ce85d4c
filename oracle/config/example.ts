import { settings } from "./schema.ts";

/** The text of `.env.example`: every setting with its meaning and its default, commented out. */
export function exampleEnvironment(): string {
  const lines = ["# Every setting of an OpenLedger process. Generated: node oracle/config/writeExample.ts"];
  let section = "";
  for (const [name, setting] of Object.entries(settings)) {
    if (setting.section !== section) {
      section = setting.section;
      lines.push("", `# ${section}`);
    }
    lines.push(`# ${setting.about}`);
    if ("secret" in setting && setting.secret) lines.push(`# Or ${name}_FILE, the path of a file that holds it.`);
    const fallback = setting.schema.safeParse(undefined);
    lines.push(`#${name}=${fallback.success && fallback.data !== undefined ? String(fallback.data) : ""}`);
  }
  return `${lines.join("\n")}\n`;
}
