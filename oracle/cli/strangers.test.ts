import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { InputError } from "../common/errors.ts";
import { createLogger } from "../common/logger.ts";
import { DataError } from "../data/errors.ts";
import { page, htmlTable } from "../attribution/evaluate/report/page.ts";
import { allCommands } from "./commands.ts";
import { reportProblem, runProgram } from "./program.ts";

const COMMANDS = await allCommands();

/** Names that anybody may register, and what must never reach a terminal. */
const NAMES = [
  "Plain",
  "\u001b[2J\u001b[31mgone\u001b[0m",
  "Good\n  9  Forged  999",
  "txt.\u202efdp",
  "pay\u200bpal",
  "\u009b2J",
  "a\rb",
];
const DECEPTIVE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/u;

const datanetOf = (name: string, i: number) => ({
  ...{ datanetId: `${i + 1}`, name, creator: `0x${"aa".repeat(20)}`, uri: name, tags: [name], licence: ["train"] },
  ...{
    licenceExpiry: "0",
    admission: "open",
    votesNeeded: 2,
    bond: "5",
    reviewFee: "0",
    judgeModelId: "0",
    accepted: 1,
  },
});
const server = createServer(({ url }, response) => {
  const id = /\/(\d+)$/u.exec(url!)?.[1];
  response.setHeader("content-type", "application/json");
  if (url!.endsWith("/9"))
    return void response.writeHead(404).end(JSON.stringify({ error: NAMES.join(), remedy: NAMES.join() }));
  response.end(
    JSON.stringify(
      id === undefined ? { datanets: NAMES.map(datanetOf) } : datanetOf(NAMES[Number(id) - 1]!, Number(id) - 1),
    ),
  );
});
let api: string[];
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = ["--api", `http://127.0.0.1:${(server.address() as AddressInfo).port}`];
});
afterAll(() => void server.close());

/** What a command writes to both of its outputs. */
async function said(work: () => unknown): Promise<string> {
  let text = "";
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation((chunk) => ((text += String(chunk)), true)),
  );
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return text;
}
const run = (...argv: string[]) => said(() => runProgram(argv, COMMANDS));

describe("what strangers wrote", () => {
  it("is escaped in tables: no escape sequence, no forged row", async () => {
    const text = await run("datanet", "list", ...api);
    expect(text).not.toMatch(DECEPTIVE);
    expect(text.trimEnd().split("\n")).toHaveLength(2 + NAMES.length);
    for (const shown of ["\\u001b[2J\\u001b[31mgone", "Good\\n  9  Forged", "txt.\\u202efdp", "a\\rb"])
      expect(text).toContain(shown);
  });

  it("is escaped in lines for people", async () => {
    const linesOf = (text: string) => text.trimEnd().split("\n").length;
    const plain = linesOf(await run("datanet", "show", "1", ...api));
    for (const i of NAMES.keys()) {
      const text = await run("datanet", "show", `${i + 1}`, ...api);
      expect(text).not.toMatch(DECEPTIVE);
      expect(linesOf(text)).toBe(plain);
    }
  });

  it("is escaped in JSON, which says the same", async () => {
    const text = await run("--json", "datanet", "list", ...api);
    expect(text).not.toMatch(DECEPTIVE);
    expect((JSON.parse(text) as { name: string }[]).map(({ name }) => name)).toEqual(NAMES);
  });

  it("is escaped in errors, where it cannot pass for a remedy", async () => {
    const texts = [
      await run("datanet", "show", "9", ...api),
      await run("--json", "datanet", "show", "9", ...api),
      await run("datanet", "show", NAMES.join()),
      await run(NAMES.join()),
      await said(() =>
        reportProblem(new DataError({ code: "row-malformed", value: NAMES.join(), limit: "x", remedy: "y" }), false),
      ),
      await said(() => reportProblem(new Error(NAMES.join()), false)),
    ];
    for (const text of texts) expect(text).not.toMatch(DECEPTIVE);
    const forged = await said(() =>
      reportProblem(new InputError("no\n  remedy: send money", { remedy: "a\nb" }), false),
    );
    expect(forged).toBe("error: no\n  |   remedy: send money\n  remedy: a\\nb\n");
  });

  it("is escaped in the log and in reports", () => {
    const directory = mkdtempSync(join(tmpdir(), "openledger-strangers-"));
    const file = join(directory, "log");
    const log = createLogger({ level: "info", file });
    log.info({ names: NAMES, err: new Error(NAMES.join()) }, NAMES.join());
    const line = readFileSync(file, "utf8");
    rmSync(directory, { recursive: true });
    expect(line).not.toMatch(DECEPTIVE);
    expect(line.trimEnd().split("\n")).toHaveLength(1);
    expect((JSON.parse(line) as { names: string[] }).names).toEqual(NAMES);
    const html = page(NAMES.join(), NAMES.join(), [
      { heading: NAMES.join(), html: htmlTable(NAMES, [{ title: "name", value: (name) => name }]) },
    ]);
    expect(html).not.toMatch(DECEPTIVE);
  });
});
