"""Verifies receipts of party checks with Python's standard library alone: `python3 receipt_verify.py KEY.pem RECEIPT.json...`

Written from the description of receipts; it shares no code with `xinjian receipt verify`. A line a file: `sound` and the name of the
receipt, or `REFUSED` and why. It has its own SM3 (GB/T 32905-2016) and SM2 (GB/T 32918-2016), and it judges values, not JSON."""
import base64, json, re, sys

IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
M = 0xFFFFFFFF
rotl = lambda x, n: (x << n | x >> 32 - n) & M
T = [rotl(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64)]

# The curve of GB/T 32918.5-2017: y² = x³ + ax + b over P, order N, base point G.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A, B = P - 3, 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)
# What stands before the point in a public key of this curve (SPKI in DER form, uncompressed).
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + b"\x04"
IDENTITY = b"1234567812345678"
ALGORITHM = {"statement": "xinjian-receipt-v1", "batchStatement": "xinjian-receipts-v1"}

def sm3(data):
    v, data = IV, data + b"\x80" + bytes((55 - len(data)) % 64) + (len(data) * 8).to_bytes(8, "big")
    for at in range(0, len(data), 64):
        w = [int.from_bytes(data[i:i + 4], "big") for i in range(at, at + 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ rotl(w[j - 3], 15)
            w.append(x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            ss1 = rotl((rotl(a, 12) + e + T[j]) & M, 7)
            ff, gg = (a ^ b ^ c, e ^ f ^ g) if j < 16 else (a & b | a & c | b & c, e & f | ~e & g)
            tt1, tt2 = (ff + d + (ss1 ^ rotl(a, 12)) + (w[j] ^ w[j + 4])) & M, (gg + h + ss1 + w[j]) & M
            a, b, c, d, e, f, g, h = tt1, a, rotl(b, 9), c, tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17), e, rotl(f, 19), g
        v = tuple(x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h)))
    return b"".join(x.to_bytes(4, "big") for x in v)

def add(p, q):
    """The sum of two points; None is the point at infinity."""
    if p is None or q is None: return p or q
    if p[0] == q[0] and (p[1] + q[1]) % P == 0: return None
    slope = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P

def times(k, p):
    total = None
    while k:
        if k & 1: total = add(total, p)
        p, k = add(p, p), k >> 1
    return total

word = lambda number: number.to_bytes(32, "big")

def sm2_accepts(key, message, signature):
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and t): return False
    z = sm3(len(IDENTITY * 8).to_bytes(2, "big") + IDENTITY + b"".join(map(word, (A, B, *G, *key))))
    point = add(times(s, G), times(t, key))
    return point is not None and (int.from_bytes(sm3(z + message), "big") + point[0]) % N == r

def need(condition, what):
    if not condition: raise ValueError(what)

def key_in(pem):
    """Point and id of a public key."""
    der = base64.b64decode("".join(line for line in pem.splitlines() if not line.startswith("-")))
    need(der.startswith(SPKI) and len(der) == len(SPKI) + 64, "key: not one of SM2")
    x, y = (int.from_bytes(der[-64:][i:i + 32], "big") for i in (0, 32))
    need(x < P and y < P and (y * y - x ** 3 - A * x - B) % P == 0, "key: not on the curve")
    return (x, y), sm3(der).hex()[:32]

def fact(receipt, text, name):
    """The value of the only line `name: …`."""
    found = [line[len(name) + 2:] for line in receipt[text].split("\n") if line.startswith(name + ": ")]
    need(len(found) == 1, f"{text}: `{name}` is missing or stands twice")
    return found[0]

def climb(leaf, index, size, path):
    """The root above a leaf at `index` of `size`, by its siblings from the leaf upwards (RFC 6962)."""
    need(0 <= index < size and (size > 1) == bool(path), "path: length, or place in the batch")
    if size == 1: return leaf
    half, sibling = 1 << (size - 1).bit_length() - 1, bytes.fromhex(path[-1])
    left, right = (climb(leaf, index, half, path[:-1]), sibling) if index < half else \
                  (sibling, climb(leaf, index - half, size - half, path[:-1]))
    return sm3(b"\1" + left + right)

def verify(receipt, key, key_id):
    index, path = int(receipt.get("index", 0)), receipt.get("path", [])
    for text, algorithm in ALGORITHM.items():
        need(receipt[text].startswith(f"algorithm: {algorithm}\n"), f"{text}: algorithm")
    need(receipt["name"] == fact(receipt, "statement", "receipt") == f"receipts/{fact(receipt, 'batchStatement', 'batch')}-{index}",
         "name: not the one of statement, batch and place")
    size, root = fact(receipt, "batchStatement", "size"), fact(receipt, "batchStatement", "root")
    need(re.fullmatch("[1-9][0-9]{0,8}", size), "batchStatement: size")
    need(all(re.fullmatch("[0-9a-f]{64}", digest) for digest in path), "path: form")
    need(climb(sm3(b"\0" + receipt["statement"].encode()), index, int(size), path).hex() == root, "path: does not lead to the root")
    need(receipt["keyId"] == key_id, "signature: of another key")
    need(re.fullmatch("[0-9a-f]{128}", receipt["signature"]), "signature: form")
    need(sm2_accepts(key, receipt["batchStatement"].encode(), bytes.fromhex(receipt["signature"])), "signature: does not match")
    return receipt["name"]

if __name__ == "__main__":
    failed = False
    with open(sys.argv[1], encoding="utf-8") as file:
        key = key_in(file.read())
    for name in sys.argv[2:]:
        try:
            with open(name, encoding="utf-8") as file:
                receipt = json.load(file)
            receipt = receipt.get("check", receipt)  # of an answer by name, that about its party
            print("sound", verify(receipt.get("receipt", receipt), *key))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            failed = True
            print("REFUSED", " ".join(str(problem).split()) or type(problem).__name__)
    sys.exit(failed)
