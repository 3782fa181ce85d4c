import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";
import { findFreePort } from "../../common/ports.ts";
import { poll } from "../../common/retry.ts";

/** A server that a test has started on loopback, with its data in a directory of its own. */
export interface TestServer {
  readonly url: string;
  /** Ends it and starts it again on its data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Where Debian keeps the server's programs, newest version first. */
const POSTGRES_DIRECTORIES = subdirectories("/usr/lib/postgresql");

/** A PostgreSQL server; undefined, with a printed reason, where there is none on this machine. */
export async function startPostgres(): Promise<TestServer | undefined> {
  const initdb = findProgram("initdb", POSTGRES_DIRECTORIES);
  const postgres = findProgram("postgres", POSTGRES_DIRECTORIES);
  if (initdb === undefined || postgres === undefined) {
    reportMissing("initdb and postgres");
    return undefined;
  }
  const data = mkdtempSync(join(tmpdir(), "openledger-postgres-"));
  const owner = ownerOf(data);
  execFileSync(initdb, ["-D", data, "-U", "openledger", "--auth=trust", "--locale=C", "-E", "UTF8", "--no-sync"], {
    ...owner,
    stdio: "ignore",
  });
  const port = await findFreePort();
  const url = `postgres://openledger@127.0.0.1:${port}/postgres`;
  const args = ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", data, "-c", "fsync=off"];
  const answers = async () => {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.query("SELECT 1");
      return true;
    } finally {
      await client.end();
    }
  };
  return run(url, data, postgres, args, "SIGINT", owner, answers);
}

/** A Redis server as operators are told to run it; undefined, with a printed reason, where there is none on this machine. */
export async function startRedis(): Promise<TestServer | undefined> {
  const program = findProgram("redis-server", []);
  if (program === undefined) {
    reportMissing("redis-server");
    return undefined;
  }
  const data = mkdtempSync(join(tmpdir(), "openledger-redis-"));
  const port = await findFreePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", data, "--save", "", "--appendonly", "yes"];
  const answers = () =>
    new Promise<true>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.once("error", reject).once("connect", () => socket.end());
    });
  return run(`redis://127.0.0.1:${port}`, data, program, args, "SIGTERM", {}, answers);
}

async function run(
  url: string,
  data: string,
  program: string,
  args: readonly string[],
  endSignal: NodeJS.Signals,
  options: SpawnOptions,
  answers: () => Promise<boolean>,
): Promise<TestServer> {
  let child: ChildProcess;
  async function start(): Promise<void> {
    child = spawn(program, args, { ...options, stdio: "ignore" });
    await poll(() => answers().catch(() => undefined), { intervalMs: 50 });
  }
  async function end(): Promise<void> {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(endSignal);
    await ended;
  }
  await start();
  return {
    url,
    restart: async () => {
      await end();
      await start();
    },
    stop: async () => {
      await end();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then the data belong to the account that the package has made. */
function ownerOf(data: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  const owner = { uid: id("-u"), gid: id("-g") };
  chownSync(data, owner.uid, owner.gid);
  return owner;
}

function findProgram(name: string, more: readonly string[]): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), ...more];
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

function subdirectories(parent: string): string[] {
  if (!existsSync(parent)) return [];
  const versions = readdirSync(parent).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(parent, version, "bin"));
}

function reportMissing(programs: string): void {
  process.stdout.write(`skipped: no ${programs} on this machine (apt-get install postgresql redis-server)\n`);
}
