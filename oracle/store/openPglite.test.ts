import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StorageError } from "../common/fileErrors.ts";
import { InUseError } from "../common/processLock.ts";
import { describeEmbeddedError } from "./embeddedErrors.ts";
import { openPglite } from "./openPglite.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-pglite-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const sound = join(directory, "sound");
/** Where file systems are mounted. */
const disk = join(directory, "disk");
mkdirSync(disk);

/** A process that opens a database, writes until it cannot, and says what happened. */
const WRITER = `
  import { openPglite } from ${JSON.stringify(new URL("./openPglite.ts", import.meta.url).href)};
  const say = (error) => console.log(JSON.stringify({ name: error.constructor.name, ...error, message: error.message, cause: undefined }));
  try {
    const db = await openPglite(process.argv[1]);
    console.log("opened");
    await db.query("CREATE TABLE IF NOT EXISTS t (pad text)");
    for (;;) await db.query("INSERT INTO t SELECT repeat('x', 200) FROM generate_series(1, 20000)").catch((error) => { say(error); process.exit(); });
  } catch (error) { say(error); }`;

/** The command that runs others where they may mount file systems; undefined where this user may not. */
const mounting = [
  ["unshare", "--mount"],
  ["unshare", "--map-root-user", "--mount"],
].find(([program, ...args]) => {
  try {
    execFileSync(program!, [...args, "mount", "-t", "tmpfs", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});
if (mounting === undefined) process.stderr.write("full and read-only disks are not tried: this user may not mount\n");

/** What the writer says on a file system of its own. @param prepare shell commands, with the place in $1 */
function writeOn(prepare: string): string {
  const node = [process.execPath, "--input-type=module", "-e", WRITER].map(
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
  );
  const script = `${prepare} && exec ${node.join(" ")} "$1/db"`;
  return execFileSync(mounting![0]!, [...mounting!.slice(1), "sh", "-c", script, "sh", disk], {
    encoding: "utf8",
  });
}

describe("the embedded database", () => {
  beforeAll(async () => {
    const db = await openPglite(sound);
    await db.query("CREATE TABLE kept (n integer)");
    await db.close();
  });

  it("is refused to a second process, whose error names the first", async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, sound], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const second = openPglite(sound);
    await expect(second).rejects.toThrow(InUseError);
    await expect(second).rejects.toThrow(`process ${child.pid}`);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));

    const db = await openPglite(sound);
    expect(await db.query("SELECT * FROM kept")).toEqual([]);
    await db.close();
  });

  it.each([
    ["an empty control file", (copy: string) => truncateSync(join(copy, "global", "pg_control"), 0)],
    ["another version's files", (copy: string) => writeFileSync(join(copy, "PG_VERSION"), "9")],
    ["no write-ahead log", (copy: string) => rmSync(join(copy, "pg_wal"), { recursive: true })],
  ])("that lost its power says that it is damaged, and what to do: %s", async (name, damage) => {
    const copy = join(directory, name.replaceAll(/\W/gu, "-"));
    cpSync(sound, copy, { recursive: true });
    damage(copy);
    const opening = openPglite(copy);
    await expect(opening).rejects.toThrow(StorageError);
    await expect(opening).rejects.toMatchObject({ value: copy, remedy: expect.stringContaining("move") as string });
  });

  it("makes anew what a process that was killed had half made", async () => {
    const half = join(directory, "half");
    cpSync(sound, half, { recursive: true });
    rmSync(join(half, "global"), { recursive: true });
    writeFileSync(`${half}.new`, "");
    for (let opened = 0; opened < 2; opened++) {
      const db = await openPglite(half);
      expect(await db.query("SELECT 1 AS n")).toEqual([{ n: 1 }]);
      await db.close();
    }
  });

  it("refuses a file in place of its directory", async () => {
    const path = join(directory, "file");
    writeFileSync(path, "");
    await expect(openPglite(path)).rejects.toThrow(/something else is there/);
    expect(readFileSync(path, "utf8")).toBe("");
  });

  it.runIf(mounting)("says that the disk is full, at the start and later", () => {
    const mount = (size: string) => `mount -t tmpfs -o size=${size} tmpfs "$1"`;
    expect(writeOn(mount("8m"))).toMatch(/^\{"name":"StorageError".*the disk is full/u);
    const later = writeOn(mount("90m"));
    expect(later).toMatch(/^opened\n.*"name":"StorageError".*the disk is full/u);
    expect(later).toContain('"retryable":true');
  });

  it.runIf(mounting)("says that the file system is read-only", () => {
    const said = writeOn(`mount -t tmpfs -o size=90m tmpfs "$1" && cp -r ${sound} "$1/db" && mount -o remount,ro "$1"`);
    expect(said).toMatch(/^\{"name":"StorageError".*the file system is read-only/u);
  });
});

describe("an error of the embedded database", () => {
  it("that is no error at all is a typed one", () => {
    for (const thrown of [{ name: "ErrnoError", errno: 51 }, { name: "ErrnoError", errno: 9_999 }, "text", undefined]) {
      expect(describeEmbeddedError(thrown, "/state/database")).toBeInstanceOf(StorageError);
    }
  });

  it("about the statement itself stays what it is", () => {
    const error = Object.assign(new Error("syntax error"), { code: "42601" });
    expect(describeEmbeddedError(error, "/state/database")).toBe(error);
  });
});
