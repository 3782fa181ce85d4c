"""Pays for two answers of a provider with the stock clients of Python, and prints what came back as JSON."""

import asyncio
import json
import os

from eth_account import Account
from openai import AsyncOpenAI
from x402 import x402Client
from x402.http.clients.httpx import x402HttpxClient
from x402.mechanisms.evm import EthAccountSigner
from x402.mechanisms.evm.exact import ExactEvmScheme

URL, ALLOWED = os.environ["PROVIDER_URL"], json.loads(os.environ["ALLOWED_ASSET"])


async def main() -> None:
    client = x402Client()
    client.register(ALLOWED["network"], ExactEvmScheme(EthAccountSigner(Account.from_key(os.environ["PAYER_KEY"]))))
    client.set_spend_controls({"allowed_assets": [ALLOWED]})
    async with x402HttpxClient(client) as http:
        question = {"kind": "text", "input": "when is it open"}
        answer = await http.post(f"{URL}/v1/models/1/infer", json=question)
        openai = AsyncOpenAI(base_url=f"{URL}/v1", api_key="none", http_client=http, max_retries=0)
        messages = [{"role": "user", "content": "when is it open"}]
        chat = await openai.chat.completions.create(model="1", messages=messages)
        print(json.dumps({"infer": answer.json(), "chat": chat.model_dump()}))


asyncio.run(main())
