import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeFileError, StorageError, withFileErrors } from "./fileErrors.ts";

const directory = mkdtempSync(join(tmpdir(), "openledger-files-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, "file");
writeFileSync(file, "");

/** What `work` throws, described. */
function errorOf(work: () => unknown): StorageError {
  try {
    work();
  } catch (error) {
    const described = describeFileError(error);
    expect(described).toBeInstanceOf(StorageError);
    return described as StorageError;
  }
  throw new Error("nothing was thrown");
}

describe("an error of the file system", () => {
  it.each([
    ["no such file", () => readFileSync(join(directory, "absent")), /absent cannot be used: it does not exist/],
    ["a directory", () => readFileSync(directory), /it is a directory, not a file/],
    ["a file on the way", () => mkdirSync(join(file, "inner")), /a part of the path is a file/],
    ["a name too long", () => readFileSync(join(directory, "x".repeat(300))), /the name is too long/],
    ["a full disk", () => writeFileSync("/dev/full", "x"), /the disk is full/],
  ])("says in words: %s", (_, work, message) => {
    const error = errorOf(work);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ exitCode: 74, remedy: expect.stringMatching(/\w/u) as string });
  });

  it("can pass by itself only when a person can make room meanwhile", () => {
    expect(errorOf(() => writeFileSync("/dev/full", "x")).retryable).toBe(true);
    expect(errorOf(() => readFileSync(join(directory, "absent"))).retryable).toBe(false);
  });

  it("names the path that the caller knows, also when the work is asynchronous", async () => {
    expect(() => withFileErrors("the ledger", () => readFileSync(directory))).toThrow(/^the ledger cannot be used/);
    await expect(withFileErrors("the ledger", () => readFile(directory))).rejects.toThrow(/^the ledger cannot be used/);
    expect(withFileErrors("the ledger", () => 7)).toBe(7);
  });

  it("is not what sockets and others say with the same codes", async () => {
    const refused = await new Promise<Error>((resolve) => connect(join(directory, "no-socket")).on("error", resolve));
    expect(describeFileError(refused)).toBe(refused);
    for (const other of [new Error("x"), { code: "ENOSPC" }, "text", undefined]) {
      expect(describeFileError(other)).toBe(other);
    }
  });
});
