import { join } from "node:path";
import { contentRoutes } from "../api/routes/content.ts";
import { startApi } from "../api/server.ts";
import { createLogger } from "../common/logger.ts";
import { createMetrics } from "../common/metrics.ts";
import { createShutdown, terminationRequested } from "../common/shutdown.ts";
import { createContentFiles } from "../jobs/contentFiles.ts";
import { createOutput } from "./output.ts";
import type { AddCommand } from "./program.ts";
import { addStateOption, configOf, requireStateDirectory } from "./session.ts";

/** `openledger serve`: publishes the files of a contributor or a model owner over HTTP. */
export const serveCommand: AddCommand = (program) => {
  addStateOption(program.command("serve"))
    .description("serve the files that you contributed or published, until it is asked to end")
    .action(async (options: { readonly state?: string }) => {
      const config = configOf(options);
      const content = createContentFiles(join(requireStateDirectory({ config }), "content"), []);
      const shutdown = createShutdown();
      const termination = terminationRequested();
      try {
        const api = await startApi({
          title: "OpenLedger files",
          host: config.OPENLEDGER_API_HOST,
          port: config.OPENLEDGER_API_PORT,
          trustedProxies: config.OPENLEDGER_TRUSTED_PROXIES,
          rate: config.OPENLEDGER_API_RATE,
          log: createLogger({ level: config.LOG_LEVEL, bindings: { role: "files" } }),
          metrics: createMetrics(),
          routes: [contentRoutes(content)],
        });
        shutdown.onClose("API", () => api.close());
        createOutput(program.opts<{ json: boolean }>().json).result({ url: api.url }, ({ url }) => `Serving at ${url}`);
        await termination;
      } finally {
        await shutdown.close();
      }
    });
};
