// `node oracle/config/writeExample.ts`: writes .env.example from the schema. Its test fails when the file is stale.
import { writeFileSync } from "node:fs";
import { exampleEnvironment } from "./example.ts";

writeFileSync(new URL("../../.env.example", import.meta.url), exampleEnvironment());
