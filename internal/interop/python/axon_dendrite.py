"""The Python side of the axon and dendrite interop checks, run against bittensor 10.5.0.

serve PORT            run a Python axon (hotkey //Bob) with the classes below; prints READY
call PORT HOTKEY      call an axon on 127.0.0.1 with a Python dendrite (hotkey //Alice); prints one JSON line per call
record FILE           record golden values: reprs, body hashes, requests, answers, tensors
"""

import asyncio
import json
import sys
import time
from types import SimpleNamespace
from typing import Any, Optional, Tuple

import bittensor.utils.networking as networking

# Both classes ask public services for their own address; name it instead.
networking.get_external_ip = lambda: "127.0.0.1"

from bittensor.core.axon import Axon
from bittensor.core.chain_data import AxonInfo
from bittensor.core.dendrite import Dendrite
from bittensor.core.stream import StreamingSynapse
from bittensor.core.synapse import Synapse
from bittensor_wallet import Keypair


class Echo(Synapse):
    text: str
    numbers: list[float] = []
    meta: dict[str, Any] = {}
    count: Optional[int] = None
    answer: Optional[str] = None
    required_hash_fields = ("text", "numbers", "meta")


class Slow(Synapse):
    seconds: float = 0.0


class Private(Synapse):
    pass


class Fail(Synapse):
    pass


class Unknown(Synapse):
    pass


class Tokens(StreamingSynapse):
    prompt: str
    completion: Optional[str] = None
    required_hash_fields = ("prompt",)

    async def process_streaming_response(self, response):
        self.completion = ""
        async for chunk in response.content.iter_any():
            self.completion += chunk.decode()
            yield chunk.decode()

    def extract_response_json(self, response):
        return {"prompt": self.prompt, "completion": self.completion}


def info(port, hotkey):
    return AxonInfo(version=1, ip="127.0.0.1", port=port, ip_type=4, hotkey=hotkey, coldkey=hotkey)


def echo(synapse: Echo) -> Echo:
    synapse.answer = synapse.text.upper()
    synapse.count = len(synapse.numbers)
    return synapse


def slow(synapse: Slow) -> Slow:
    time.sleep(synapse.seconds)
    return synapse


def private(synapse: Private) -> Private:
    return synapse


def refuse(synapse: Private) -> Tuple[bool, str]:
    return True, "not a friend"


def fail(synapse: Fail) -> Fail:
    raise RuntimeError("secret")


def tokens(synapse: Tokens) -> Any:
    async def stream(send):
        for word in synapse.prompt.split():
            await send({"type": "http.response.body", "body": (word + " ").encode(), "more_body": True})

    return synapse.create_streaming_response(stream)


def make_axon(port):
    bob = Keypair.create_from_uri("//Bob")
    axon = Axon(wallet=SimpleNamespace(hotkey=bob, coldkeypub=bob), port=port, ip="127.0.0.1", external_ip="127.0.0.1")
    axon.attach(echo).attach(slow).attach(private, refuse).attach(fail).attach(tokens)
    return axon


def serve(port):
    axon = make_axon(port)
    axon.start()
    print("READY", flush=True)
    sys.stdin.read()
    axon.stop()


def outcome(s):
    return {
        "code": s.dendrite.status_code,
        "message": s.dendrite.status_message,
        "axon_hotkey": s.axon.hotkey,
        "body": {k: v for k, v in s.model_dump().items() if k not in Synapse.model_fields},
    }


async def call(port, hotkey):
    d = Dendrite(Keypair.create_from_uri("//Alice"))
    axon = info(port, hotkey)
    text = "it's \"é\" \u200b\n"
    meta = {"z": [1, 2.5, None, True], "a": {"b": 1e-7}, "é": "x"}

    async def one(label, synapse, to=axon, timeout=5.0):
        s = await d.call(to, synapse, timeout=timeout, deserialize=False)
        print(json.dumps({"case": label, **outcome(s)}), flush=True)

    await one("ping", Synapse())
    await one("echo", Echo(text=text, numbers=[1, 2.5, 1e-7, 1e16], meta=meta))
    await one("unknown", Unknown())
    await one("blacklisted", Private())
    await one("timeout", Slow(seconds=2.0), timeout=0.5)
    await one("fail", Fail())
    await one("wrong axon", Echo(text="x"), to=info(port, d.keypair.ss58_address))
    d.uuid = "again"
    real, now = time.time_ns, time.time_ns()
    time.time_ns = lambda: now
    await one("nonce", Synapse())
    await one("replayed nonce", Synapse())
    d.uuid = "early"
    now = real() + 3_600_000_000_000
    await one("future nonce", Synapse())
    d.uuid = "late"
    now = real() - 3_600_000_000_000
    await one("old nonce", Synapse())
    time.time_ns = real
    chunks = []
    async for chunk in d.call_stream(axon, Tokens(prompt="one two three"), timeout=5.0, deserialize=False):
        chunks.append(chunk)
    last = chunks.pop()
    print(json.dumps({"case": "stream", "joined": "".join(chunks), **outcome(last)}), flush=True)
    many = await d.forward([axon] * 20, Echo(text="many"), timeout=5.0, deserialize=False)
    print(json.dumps({"case": "many", "codes": [s.dendrite.status_code for s in many]}), flush=True)
    await d.aclose_session()


VALUES = [
    "5", "0", "-7", "123456789012345678901234567890", "1.5", "2.0", "-0.0", "1e-7", "0.0001", "1e16", "1e22", "123456789012345680.0", "5e-324", "1.7976931348623157e308",
    "NaN", "Infinity", "-Infinity", "true", "false", "null", '""', '"plain"', "\"it's\"", '"say \\"hi\\""', '"both \' and \\""', '"a\\nb\\t\\r\\\\"',
    '"\\u0000\\u001f\\u007f\\u0080\\u00a0\\u00ad\\u00e9"', '"\\u200b\\u2028\\ud83d\\ude00\\ue000\\ufeff"', '"\\udb40\\udc01"', "[]", "{}", '["it\'s", "say \\"hi\\"", "a\\nb", "\\u00e9", "\\u200b"]',
    '{"role": "user", "x": [1, 2.5, null, true]}', '{"b": 1, "a": {"d": [], "c": {}}, "b": 2}', '[[[]], {"k": [{"q": -1.25}]}]',
]


def record(path):
    import hashlib

    import msgpack
    import msgpack_numpy
    import numpy as np
    from bittensor.core import tensor as bt_tensor

    out = {"values": [], "hashes": [], "tensors": [], "requests": [], "answers": []}
    for text in VALUES:
        v = json.loads(text)
        out["values"].append({"json": text, "str": str(v), "repr": repr(v), "dumps": json.dumps(v),
                              "compact": None if text.strip("-") in ("NaN", "Infinity") else json.dumps(v, ensure_ascii=False, separators=(",", ":"))})
    rows = [
        Echo(text="hello"),
        Echo(text="it's \"é\" \u200b\n", numbers=[1, 2.5, 1e-7, 1e16], meta={"z": [1, 2.5, None, True], "a": {"b": 1e-7}, "é": "x"}, count=3),
        Synapse(),
    ]
    for s in rows:
        out["hashes"].append({"name": s.name, "body": json.dumps(s.model_dump()), "hash": s.body_hash, "headers": s.to_headers()})
    bt_tensor.dtypes.torch = True  # or the class would want torch to be installed
    for dtype in ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]:
        for a in (np.array([[0, 1, 2], [3, 4, 5]]).astype(dtype), np.array(1).astype(dtype), np.zeros((0, 3), dtype=dtype)):
            t = bt_tensor.Tensor.serialize(a)
            out["tensors"].append({"tensor": t.model_dump(), "values": a.astype("float64").flatten().tolist(), "dims": list(a.shape)})
    asyncio.run(record_wire(out))
    with open(path, "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")


async def read_http(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = [line.split(": ", 1) for line in lines[1:] if line]
    length = [int(v) for k, v in headers if k.lower() == "content-length"]
    body = await reader.readexactly(length[0]) if length else b""
    return lines[0], headers, body.decode()


async def record_wire(out):
    port = 18931
    bob = Keypair.create_from_uri("//Bob")
    axon = make_axon(port)
    axon.start()
    await asyncio.sleep(1)
    label = ""

    # A relay between dendrite and axon that writes down what passes.
    async def relay(reader, writer):
        while True:
            try:
                first, headers, body = await read_http(reader)
            except asyncio.IncompleteReadError:
                writer.close()
                return
            out["requests"].append({"case": label, "first": first, "headers": headers, "body": body})
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
            text = first + "\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n" + body
            up_writer.write(text.encode("latin-1"))
            first, headers, body = await read_http(up_reader)
            up_writer.close()
            out["answers"].append({"case": label, "first": first, "headers": headers, "body": body})
            text = first + "\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers) + "\r\n" + body
            writer.write(text.encode("utf-8") if not text.isascii() else text.encode())
            await writer.drain()

    server = await asyncio.start_server(relay, "127.0.0.1", port + 1)
    d = Dendrite(Keypair.create_from_uri("//Alice"))
    cases = [("ping", Synapse()), ("echo", Echo(text="it's \"q\" \n", numbers=[1, 2.5, 1e-7], meta={"z": [1, None, True], "a": {"b": 2.0}})),
             ("unknown", Unknown()), ("blacklisted", Private()), ("fail", Fail())]
    for label, synapse in cases:
        await d.call(info(port + 1, bob.ss58_address), synapse, timeout=5.0, deserialize=False)
    label = "wrong axon"
    await d.call(info(port + 1, d.keypair.ss58_address), Echo(text="x"), timeout=5.0, deserialize=False)
    await d.aclose_session()
    server.close()
    axon.stop()


if __name__ == "__main__":
    match sys.argv[1]:
        case "serve":
            serve(int(sys.argv[2]))
        case "call":
            asyncio.run(call(int(sys.argv[2]), sys.argv[3]))
        case "record":
            record(sys.argv[2])
        case other:
            sys.exit(f"unknown command {other}: serve, call or record")
