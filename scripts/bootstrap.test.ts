import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A version that no Node has: what runs this test is never the pinned one. */
const PINNED = "99.0.0";
const { platform, arch } = process;
/** A package for all, one built for this platform, and one for another. */
const LOCKED = {
  "node_modules/library": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/binding": { version: "1.0.0", integrity: "sha512-b", optional: true, os: [platform], cpu: [arch] },
  "node_modules/elsewhere": { version: "1.0.0", integrity: "sha512-c", optional: true, os: ["aix"], cpu: ["ppc64"] },
};
type Package = keyof typeof LOCKED;

/** Says its version, runs npm's program, or writes down what it was asked to run. */
const nodeShim = (version: string) => `#!/bin/sh
case "$1" in
  --version) echo v${version} ;;
  *npm-cli.js) shift; STARTED_BY="the same " exec npm "$@" ;;
  *) echo "node $*" >> "$LOG"; exit "\${ENTRY_STATUS:-0}" ;;
esac
`;

/** What npm does to the disk, in the same order; like npm, it leaves the binding out where Node is not the pinned one. */
const NPM_SHIM = `#!/bin/sh
echo "\${STARTED_BY}npm $1 under $(node --version)" >> "$LOG"
case "$1" in
  install)
    mkdir -p "$3/node_modules/.bin"
    cp "$FIXTURES/node" "$3/node_modules/.bin/node" ;;
  ci)
    rm -rf node_modules
    [ "\${NPM_CI_STATUS:-0}" = 0 ] || exit "$NPM_CI_STATUS"
    if [ "$(node --version)" = "v${PINNED}" ]; then cp -R "$FIXTURES/complete" node_modules
    else cp -R "$FIXTURES/withoutBinding" node_modules; fi ;;
  rebuild)
    cp "$FIXTURES/node" node_modules/.bin/node ;;
esac
`;

const HARDHAT_SHIM = '#!/bin/sh\necho "hardhat $*" >> "$LOG"\n';

const BROUGHT = ["npm install under here", `npm ci under v${PINNED}`, `npm rebuild under v${PINNED}`];
const RUN = ["hardhat build --quiet --no-tests", "node scripts/buildAlgebra.mjs", "node scripts/lint.mjs --fix"];

describe("scripts/bootstrap.mjs", () => {
  let folder: string;
  let root: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "openledger-bootstrap-"));
    root = join(folder, "repository");
    await mkdir(join(root, "scripts"), { recursive: true });
    for (const file of ["bootstrap.mjs", "built.mjs", "installed.mjs"]) {
      await cp(join(import.meta.dirname, file), join(root, "scripts", file));
    }
    await writeFile(join(root, "package.json"), JSON.stringify({ devDependencies: { node: PINNED } }));
    await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages: { "": {}, ...LOCKED } }));
    await program(join(folder, "path", "npm"), NPM_SHIM);
    await program(join(folder, "fixtures", "node"), nodeShim(PINNED));
    await installed(join(folder, "fixtures", "complete"), ["node_modules/library", "node_modules/binding"]);
    await installed(join(folder, "fixtures", "withoutBinding"), ["node_modules/library"]);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("brings Node, then the packages under it, to a fresh clone", async () => {
    const { status, errors, log } = await bootstrap();
    expect(log).toEqual([...BROUGHT, ...RUN]);
    expect(errors).toContain(`bringing Node ${PINNED}`);
    expect(errors).toContain("bringing the packages of package-lock.json");
    expect(errors).toContain("compiling contracts");
    expect(status).toBe(0);
  });

  it("uses the npm that started it", async () => {
    const started = join(folder, "npm-cli.js");
    await writeFile(
      started,
      'require("child_process").spawnSync("npm", process.argv.slice(2), { env: { ...process.env, STARTED_BY: "the same " } });',
    );
    const { log } = await bootstrap({ npm_execpath: started });
    expect(log).toEqual([...BROUGHT.map((line) => `the same ${line}`), ...RUN]);
  });

  it("brings nothing where everything is there", async () => {
    await bootstrap();
    expect((await bootstrap()).log).toEqual(RUN);
  });

  it("starts Hardhat for a build that is whole when it failed, or is asked for, alone", async () => {
    const hardhat = join(root, "node_modules", ".bin", "hardhat");
    await bootstrap();
    for (const path of ["artifacts/contracts", "artifacts/build-info", "artifacts/@openzeppelin", "typechain-types"])
      await mkdir(join(root, path), { recursive: true });
    await writeFile(join(root, "typechain-types", "index.ts"), "");
    await program(hardhat, "#!/bin/sh\nexit 1\n");
    await writeFile(join(root, "artifacts", "contracts", "OpenToken.json"), "");
    expect((await bootstrap()).status).toBe(1);
    await program(hardhat, HARDHAT_SHIM);
    expect((await bootstrap()).log).toEqual(RUN);

    const { errors, log } = await bootstrap();
    expect(log).toEqual(RUN.slice(1));
    expect(errors).not.toContain("compiling");
    expect((await bootstrap({}, "build")).log).toEqual(RUN.slice(0, 2));
  });

  it("installs again after npm ci by hand under a Node for which npm leaves the binding out", async () => {
    await cp(join(folder, "fixtures", "withoutBinding"), join(root, "node_modules"), { recursive: true });
    expect((await bootstrap()).log).toEqual([...BROUGHT, ...RUN]);
  });

  it("places Node alone after a complete npm ci by hand", async () => {
    await cp(join(folder, "fixtures", "complete"), join(root, "node_modules"), { recursive: true });
    expect((await bootstrap()).log).toEqual([BROUGHT[0], BROUGHT[2], ...RUN]);
  });

  it.each([
    ["another version", nodeShim("20.20.2")],
    ["a text", "This file intentionally left blank"],
    ["a program that fails", "#!/bin/sh\nexit 1\n"],
  ])("replaces an installed Node that is %s", async (_, content) => {
    await bootstrap();
    await program(join(root, "node_modules", ".bin", "node"), content);
    expect((await bootstrap()).log).toEqual([BROUGHT[0], BROUGHT[2], ...RUN]);
  });

  it.each([
    ["npm's record", "node_modules/.package-lock.json"],
    ["a package", "node_modules/library"],
    ["the binding", "node_modules/binding"],
  ])("installs again where an interrupted installation has left out %s", async (_, path) => {
    await bootstrap();
    await rm(join(root, path), { recursive: true });
    expect((await bootstrap()).log).toEqual([...BROUGHT, ...RUN]);
  });

  it("installs again where npm's record is cut off", async () => {
    await bootstrap();
    await writeFile(join(root, "node_modules", ".package-lock.json"), '{"packages": {"node_mod');
    expect((await bootstrap()).log).toEqual([...BROUGHT, ...RUN]);
  });

  it("installs again when the lock file names another version", async () => {
    await bootstrap();
    const library = { version: "1.0.1", integrity: "sha512-d" };
    await writeFile(
      join(root, "package-lock.json"),
      JSON.stringify({ packages: { ...LOCKED, "node_modules/library": library } }),
    );
    const { status, errors, log } = await bootstrap();
    expect(log).toEqual(BROUGHT);
    // the npm of this test brings the old version again
    expect(errors).toContain(
      "npm ci left out node_modules/library: remove node_modules and run the same command again",
    );
    expect(status).toBe(1);
  });

  it("ends with the remedy where npm brings another Node, and starts nothing", async () => {
    await program(join(folder, "fixtures", "node"), nodeShim("20.20.2"));
    const { status, errors, log } = await bootstrap();
    expect(log).toEqual(["npm install under here"]);
    expect(errors).toContain(`npm brought no Node ${PINNED} that runs here: install it yourself`);
    expect(status).toBe(1);
  });

  it("ends with npm's failure, and goes on from there the next time", async () => {
    const { status, errors } = await bootstrap({ NPM_CI_STATUS: "7" });
    expect(errors).toMatch(/npm ci .*failed with exit status 7/u);
    expect(status).toBe(1);
    expect((await bootstrap()).log).toEqual([...BROUGHT, ...RUN]);
  });

  it("ends with the status of the command", async () => {
    expect((await bootstrap({ ENTRY_STATUS: "75" }, "build")).errors).toContain("failed with exit status 75");
    await program(join(root, "node_modules", ".bin", "node"), nodeShim(PINNED).replace("*)", "scripts/build*) ;;\n*)"));
    expect((await bootstrap({ ENTRY_STATUS: "75" })).status).toBe(75);
  });

  it("names the commands that there are", async () => {
    const { status, errors, log } = await bootstrap({}, "publish");
    expect(errors).toMatch(/unknown command "publish": one of up, devnet, test/u);
    expect({ status, log }).toEqual({ status: 1, log: [] });
  });

  /** Runs it with these programs on the PATH; what they were asked to do, in order. */
  async function bootstrap(environment: Record<string, string> = {}, command = "lint") {
    const log = join(folder, "log");
    await writeFile(log, "");
    const env = {
      PATH: [join(folder, "path"), "/usr/bin", "/bin"].join(":"),
      TMPDIR: folder,
      LOG: log,
      FIXTURES: join(folder, "fixtures"),
      ...environment,
    };
    const script = join(root, "scripts", "bootstrap.mjs");
    const { status, errors } = await new Promise<{ status: number; errors: string }>((resolve) => {
      const child = execFile(process.execPath, [script, command, "--fix"], { cwd: root, env }, (_error, _out, text) =>
        resolve({ status: child.exitCode ?? -1, errors: text }),
      );
    });
    const lines = (await readFile(log, "utf8")).split("\n").slice(0, -1);
    const tidy = (line: string) => line.replace(`under ${process.version}`, "under here").replace(/--import \S+ /u, "");
    return { status, errors, log: lines.map(tidy) };
  }
});

async function program(file: string, content: string): Promise<void> {
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, content);
  await chmod(file, 0o755);
}

/** A node_modules without Node, as `npm ci` without install scripts leaves it. */
async function installed(nodeModules: string, packages: readonly Package[]): Promise<void> {
  for (const path of packages) {
    const directory = join(nodeModules, path.slice("node_modules/".length));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "package.json"), "{}");
  }
  const record = Object.fromEntries(packages.map((path) => [path, LOCKED[path]]));
  await writeFile(join(nodeModules, ".package-lock.json"), JSON.stringify({ packages: record }));
  await program(join(nodeModules, ".bin", "hardhat"), HARDHAT_SHIM);
}
