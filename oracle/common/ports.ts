import { createServer } from "node:net";
import { InputError } from "./errors.ts";

/**
 * Checks that a port of the loopback interface can be listened on.
 *
 * @throws InputError that names the port and how to choose another one.
 */
export async function requireFreePort(port: number, what: string, option: string): Promise<void> {
  if (await isFree(port)) return;
  throw new InputError(`the port for ${what} is in use`, {
    value: `127.0.0.1:${port}`,
    limit: "a free port",
    remedy: `End the process that listens there, or choose another port with ${option}.`,
  });
}

/** A port that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return listenOnce(0);
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" || code === "EACCES") return false;
    throw error;
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}
