import { expect } from "chai";
import { network } from "hardhat";
import { asAddress } from "@openledger/protocol/hex.ts";
import { getAddress, hexlify, randomBytes, Signature, Wallet } from "ethers";
import type { Sender } from "../../oracle/chain/send.ts";
import type { Context } from "../../oracle/jobs/context.ts";
import { closeAll } from "../watch/openWatchtower.ts";
import { authorise, openGateway, openShop, type Payment, PRICE, type Reply, type Shop, text } from "./openGateway.ts";

const { ethers, networkHelpers } = await network.create({ network: "default", chainType: "op" });
const IMAGE = { kind: "image", width: 1, height: 1, channels: 1, pixels: "AA==" };
/** isValidSignature: yes; no; for ever. */
const ACCEPTS = "0x631626ba7e60e01b60005260206000f3";
const REFUSES = "0x60206000f3";
const BURNS = "0x5b600056";

describe("the gateway", () => {
  let shop: Shop;
  let gateway: Awaited<ReturnType<typeof openGateway>>;
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    shop = await openShop(ethers, (seconds) => networkHelpers.time.increase(seconds));
    gateway = await start();
  });
  after(async () => {
    for (const { close } of opened) await close();
    await shop.db.close();
    await closeAll();
  });

  async function start(context: Context = shop.context) {
    const process = await openGateway({ ...shop, context });
    opened.push(process);
    return process;
  }
  async function consumer(money: bigint) {
    const wallet = new Wallet(hexlify(randomBytes(32)));
    if (money > 0n) await shop.token.transfer(wallet.address, money);
    return wallet;
  }
  const pay = (wallet: Wallet, changes?: Partial<Payment>) => authorise(shop, wallet, changes);
  const sent = () => ethers.provider.getTransactionCount(shop.tower.address);
  const inTill = () => shop.token.balanceOf(shop.till);
  /** Somebody else brings the payment to the token. */
  const bring = ({ from, value, validAfter, validBefore, nonce, signature }: Payment, to: string = shop.till) =>
    shop.token["transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"](
      from,
      to,
      value,
      validAfter,
      validBefore,
      nonce,
      signature,
    );

  /** Expects a refusal in these words, for which nothing was sent, paid or kept. */
  async function expectRefused(payment: Payment, words: RegExp, request?: unknown, expected = 402) {
    const [before, paid] = [await sent(), await inTill()];
    const { status, body } = await gateway.ask(payment, request);
    expect(body.error).match(words);
    expect(status).equal(expected);
    expect([await sent(), await inTill()]).deep.equal([before, paid]);
    expect(await gateway.inferences.find(payment.from, payment.nonce)).equal(undefined);
  }
  function expectAnswer({ status, body }: Reply, { nonce }: Payment) {
    expect(body.error).equal(undefined);
    expect({ status, paymentId: body.receipt?.paymentId }).deep.equal({ status: 200, paymentId: nonce });
  }

  describe("takes no payment for a request that the version cannot read", () => {
    const cases: [string, unknown, RegExp][] = [
      ["an image", IMAGE, /another kind of question/u],
      ["a text with NUL", text("a\0b"), /NUL/u],
      ["half a surrogate", text("\ud800"), /half surrogates/u],
      ["a blank text", text("  "), /not blank/u],
    ];
    for (const [what, request, words] of cases) {
      it(what, async () => expectRefused(await pay(await consumer(PRICE)), words, request, 400));
    }

    it("and answers what is asked at the same moment", async () => {
      const wallet = await consumer(20n * PRICE);
      const payments = await Promise.all(Array.from({ length: 7 }, () => pay(wallet)));
      const replies = await Promise.all(
        payments.map((payment, i) => gateway.ask(payment, i === 3 ? IMAGE : text("x"))),
      );
      expect(replies.map(({ status }) => status)).deep.equal([200, 200, 200, 400, 200, 200, 200]);
    });
  });

  it("gives one answer for one payment, however often and however simultaneously it is asked", async () => {
    const payment = await pay(await consumer(3n * PRICE));
    const before = await sent();
    const replies = await Promise.all([1, 2, 3].map(() => gateway.ask(payment)));
    replies.push(await gateway.ask(payment));
    for (const reply of replies) {
      expectAnswer(reply, payment);
      expect(reply).deep.equal(replies[0]);
    }
    expect(await sent()).equal(before + 1);
    const { status, body } = await gateway.ask(payment, text("something else"));
    expect({ status, error: body.error }).deep.equal({
      status: 409,
      error: "the payment was used for another request",
    });
  });

  describe("takes a key's signature", () => {
    const forms: [string, (signature: Signature) => string][] = [
      ["with v of 27 or 28", ({ serialized }) => serialized],
      ["with v of 0 or 1", ({ r, s, yParity }) => `${r}${s.slice(2)}0${yParity}`],
      ["of 64 bytes", ({ compactSerialized }) => compactSerialized],
    ];
    for (const [what, form] of forms) {
      it(what, async () => {
        const payment = await pay(await consumer(PRICE));
        expectAnswer(await gateway.ask({ ...payment, signature: form(Signature.from(payment.signature)) }), payment);
      });
    }

    it("with the address in any case", async () => {
      const payment = await pay(await consumer(PRICE));
      expectAnswer(await gateway.ask({ ...payment, from: getAddress(payment.from) }), payment);
    });

    it("of nobody else", async () => {
      const [payment, other] = [await pay(await consumer(PRICE)), await pay(await consumer(PRICE))];
      await expectRefused({ ...payment, signature: other.signature }, /not signed by the account/u);
      await expectRefused({ ...payment, signature: "0x01" }, /not signed by the account/u);
    });
  });

  describe("takes the signature of an account that is a contract", () => {
    async function account(code: string, changes: Partial<Payment> = {}) {
      const from = hexlify(randomBytes(20));
      await networkHelpers.setCode(from, code);
      await shop.token.transfer(from, PRICE);
      return { ...(await pay(await consumer(0n), changes)), from, signature: "0x01" };
    }

    it("when the contract takes it", async () => {
      const payment = await account(ACCEPTS);
      expectAnswer(await gateway.ask(payment), payment);
    });
    it("as it is, long, and with bytes that look like a key's", async () => {
      for (const signature of [`0x${"ab".repeat(3_000)}`, `0x${"11".repeat(64)}00`]) {
        const payment = { ...(await account(ACCEPTS)), signature };
        expectAnswer(await gateway.ask(payment), payment);
      }
    });
    it("not when it refuses, knows nothing of signatures, or burns gas", async () => {
      for (const code of [REFUSES, "0x00", BURNS]) {
        await expectRefused(await account(code), /not signed by the account/u);
      }
    });
    it("after the key's own, as the token does", async () => {
      const wallet = await consumer(PRICE);
      await networkHelpers.setCode(wallet.address, REFUSES);
      const payment = await pay(wallet);
      expectAnswer(await gateway.ask(payment), payment);
    });
  });

  describe("sends nothing that would revert", () => {
    it("for less than the price", async () => {
      await expectRefused(await pay(await consumer(PRICE), { value: PRICE - 1n }), /below the price/u);
    });
    it("for an account without the money", async () => {
      await expectRefused(await pay(await consumer(PRICE - 1n)), /too little OPEN/u);
    });
    it("for an authorisation that has ended, begins later, or ends within the next blocks", async () => {
      const wallet = await consumer(PRICE);
      const now = BigInt(await networkHelpers.time.latest());
      for (const times of [
        { validBefore: now },
        { validBefore: now + 1n },
        { validBefore: now + 10n },
        { validAfter: now },
      ]) {
        await expectRefused(await pay(wallet, times), /not valid now, or ends too soon/u);
      }
    });
    it("for one that was cancelled, or has paid somebody else", async () => {
      const wallet = (await consumer(2n * PRICE)).connect(ethers.provider);
      await networkHelpers.setBalance(wallet.address, 10n ** 18n);
      const cancelled = await pay(wallet);
      await shop.token.connect(wallet)["cancelAuthorization(address,bytes32,bytes)"](
        ...([wallet.address, cancelled.nonce] as const),
        await wallet.signTypedData(
          shop.domain,
          {
            CancelAuthorization: [
              { name: "authorizer", type: "address" },
              { name: "nonce", type: "bytes32" },
            ],
          },
          { authorizer: wallet.address, nonce: cancelled.nonce },
        ),
      );
      await expectRefused(cancelled, /used for another payment, or cancelled/u);
      const elsewhere = await authorise({ ...shop, till: asAddress(shop.deployment.stranger.address) }, wallet);
      await bring(elsewhere, shop.deployment.stranger.address);
      const tried = { ...(await pay(wallet, { nonce: elsewhere.nonce })) };
      await expectRefused(tried, /used for another payment, or cancelled/u);
    });
    it("for ten authorisations with the money for one", async () => {
      const wallet = await consumer(PRICE);
      const payments = await Promise.all(Array.from({ length: 10 }, () => pay(wallet)));
      const before = await sent();
      const replies = await Promise.all(payments.map((payment) => gateway.ask(payment)));
      expect(replies.map(({ status }) => status).sort()).deep.equal([200, ...Array<number>(9).fill(402)]);
      for (const { status, body } of replies) if (status === 402) expect(body.error).match(/too little OPEN/u);
      expect(await sent()).equal(before + 1);
    });
    it("for ten authorisations with the money for ten, and answers them all", async () => {
      const wallet = await consumer(10n * PRICE);
      const payments = await Promise.all(Array.from({ length: 10 }, () => pay(wallet)));
      const replies = await Promise.all(payments.map((payment) => gateway.ask(payment)));
      for (const [i, reply] of replies.entries()) expectAnswer(reply, payments[i]!);
    });
  });

  describe("answers for a payment that has reached the till, whoever sent it", () => {
    it("before it was asked, even after the authorisation has ended, and in blocks that are not read yet", async () => {
      const payment = await pay(await consumer(PRICE));
      await bring(payment);
      const before = await sent();
      expectAnswer(await gateway.ask(payment), payment);
      const late = await pay(await consumer(PRICE));
      await bring(late);
      await networkHelpers.time.increase(7_200n);
      await shop.tower.run("scan");
      expectAnswer(await gateway.ask(late), late);
      expect(await sent()).equal(before);
    });

    it("while it was being checked", async () => {
      const payment = await pay(await consumer(PRICE));
      const { contracts } = shop.context;
      const OpenToken = new Proxy(contracts.OpenToken, {
        get(token, name) {
          if (name !== "balanceOf") return Reflect.get(token, name) as unknown;
          return async (account: string) => {
            if (!(await token.authorizationState(payment.from, payment.nonce))) await bring(payment);
            return token.balanceOf(account);
          };
        },
      });
      const overtaken = await start({ ...shop.context, contracts: { ...contracts, OpenToken } });
      expectAnswer(await overtaken.ask(payment), payment);
      expect((await gateway.inferences.find(payment.from, payment.nonce))?.outcome).not.equal(undefined);
    });

    it("between the check and the sending", async () => {
      const payment = await pay(await consumer(PRICE));
      const { key } = shop.context;
      const send: Sender["send"] = async (transaction) => {
        await bring(payment);
        return key!.sender.send(transaction);
      };
      const overtaken = await start({ ...shop.context, key: { ...key!, sender: { ...key!.sender, send } } });
      expectAnswer(await overtaken.ask(payment), payment);
      expect((await gateway.inferences.find(payment.from, payment.nonce))?.outcome).not.equal(undefined);
    });
  });

  describe("starts again", () => {
    /** What a process that was killed has accepted. */
    async function stored(payment: Payment, request: unknown = text("x")) {
      const { from: consumer_, nonce: paymentId } = payment;
      await gateway.inferences.add({
        consumer: consumer_,
        paymentId,
        modelId: 1n,
        versionId: 1n,
        request: { request, payment },
      });
      return payment;
    }
    const rowOf = ({ from, nonce }: Payment) => gateway.inferences.find(from, nonce);

    it("and sets aside, row by row and with the reason, what cannot be finished", async () => {
      const unreadable = await stored(await pay(await consumer(PRICE)), IMAGE);
      const malformed = await stored(await pay(await consumer(PRICE)), { kind: "verse", input: 1 });
      const poor = await stored(await pay(await consumer(0n)));
      const ended = await stored(await pay(await consumer(PRICE), { validBefore: 1n }));
      const good = await stored(await pay(await consumer(PRICE)));
      const before = await sent();

      const again = await start();
      expect(await again.gateway.resume()).equal(1);
      expect(await sent()).equal(before + 1);
      expect((await rowOf(good))?.outcome).not.equal(undefined);
      for (const [row, words] of [
        [unreadable, /another kind of question/u],
        [malformed, /kind/u],
        [poor, /too little OPEN/u],
        [ended, /ends too soon/u],
      ] as const) {
        expect((await rowOf(row))?.setAside).match(words);
      }
      expect(await again.inferences.unfinished()).deep.equal([]);
      const payment = await pay(await consumer(PRICE));
      expectAnswer(await again.ask(payment), payment);
    });

    it("after a payment that reverted in its block, and finishes it when the till is paid later", async () => {
      const wallet = (await consumer(PRICE)).connect(ethers.provider);
      await networkHelpers.setBalance(wallet.address, 10n ** 18n);
      const payment = await pay(wallet);
      const { key } = shop.context;
      const send: Sender["send"] = async (transaction) => {
        await shop.token.connect(wallet).transfer(shop.deployment.stranger.address, PRICE);
        return key!.sender.send(transaction);
      };
      const robbed = await start({ ...shop.context, key: { ...key!, sender: { ...key!.sender, send } } });
      const { status, body } = await robbed.ask(payment);
      expect(body.error).match(/the token does not take the payment: ERC20InsufficientBalance/u);
      expect(status).equal(402);
      expect((await rowOf(payment))?.setAside).match(/ERC20InsufficientBalance/u);

      const again = await start();
      expect(await again.gateway.resume()).equal(0);
      const cheap = await pay(wallet, { nonce: payment.nonce, value: 1n });
      await shop.token.transfer(wallet.address, 1n);
      expect((await again.ask(cheap)).status).equal(402);

      await shop.token.transfer(wallet.address, PRICE - 1n);
      await bring(payment);
      expectAnswer(await again.ask(cheap), payment);
      expect((await rowOf(payment))?.setAside).equal(undefined);
    });

    it("after it was killed with the payment in the pool, and pays once", async () => {
      const payment = await pay(await consumer(PRICE));
      const before = await sent();
      await ethers.provider.send("evm_setAutomine", [false]);
      try {
        void gateway.ask(payment);
        while (
          (await ethers.provider.send("eth_getTransactionCount", [shop.tower.address, "pending"])) === hex(before)
        );
        const resumed = (await start()).gateway.resume();
        await networkHelpers.mine();
        expect(await resumed).equal(1);
      } finally {
        await ethers.provider.send("evm_setAutomine", [true]);
      }
      expect(await sent()).equal(before + 1);
      expectAnswer(await gateway.ask(payment), payment);
    });
  });
});

const hex = (value: number) => `0x${value.toString(16)}`;
