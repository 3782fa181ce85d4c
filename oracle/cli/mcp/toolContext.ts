import type { Contracts } from "../../chain/contracts.ts";
import type { Logger } from "../../common/logger.ts";
import type { Buyer } from "../../gateway/buyer.ts";
import type { Purse } from "../../gateway/purse.ts";

/** What the tools work with. The key is behind the buyer: no tool can read it. */
export interface ToolContext {
  /** An operator's read API. */
  readonly api: string;
  readonly contracts: Contracts;
  readonly log: Logger;
  readonly quote: Buyer["quote"];
  /** Undefined where the server has no key: its clients pay. */
  readonly buyer: Buyer | undefined;
  readonly purse: Purse | undefined;
}
