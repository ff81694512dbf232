"""Verifies proofs of draw v1 with Python's standard library alone, from the description and not from our code: a line a FILE, `sound` and
the digest to hold against what was published last, or `REFUSED` and why. It judges values, not the spelling of the JSON."""
import json, re, sys
M, IV = 0xFFFFFFFF, (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
HEADER = ("algorithm task attempt disclosure pool_size pool_root strata_hash inspectors_hash inspectors_per_object lead_office "
          "commitment entropy_source entropy_round entropy_rule fallback_round draw_at").split()
FORMS = dict.fromkeys(("attempt", "pool_size", "inspectors_per_object"), "[1-9][0-9]*") | {
    "disclosure": "PUBLIC|RESTRICTED", "draw_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"}
rotl = lambda x, n: (x << n | x >> 32 - n) & M
T = [rotl(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64)]
def sm3(data):  # GB/T 32905-2016
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
xor = lambda key, byte: bytes(x ^ byte for x in key.ljust(64, b"\0"))
hmac = lambda key, text: sm3(xor(key, 0x5C) + sm3(xor(key, 0x36) + text.encode())).hex()
hash_of = lambda *lines: sm3("\n".join(lines).encode()).hex()
table = lambda rows: "".join("\t".join(map(str, row)) + "\n" for row in rows)
node, leaf = lambda left, right: sm3(b"\1" + left + right), lambda name, blind: sm3(b"\0" + f"{name}\n{blind}".encode())
ascending, whole = lambda values: list(values) == sorted(set(values)), lambda o: need(not {bool, float} & {*map(type, o.values())}, "form") or o
def need(condition, what):
    if not condition: raise ValueError(what)
def root_of(leaves):
    half = 1 << (len(leaves) - 1).bit_length() - 1 if len(leaves) > 1 else 0
    return node(root_of(leaves[:half]), root_of(leaves[half:])) if half else leaves[0]
def climb(leaf, index, size, path):
    need(0 <= index < size and (size > 1) == bool(path), "members: index or length of path")
    if size == 1: return leaf
    half, sibling, rest = 1 << (size - 1).bit_length() - 1, bytes.fromhex(path[-1]), path[:-1]
    return node(climb(leaf, index, half, rest), sibling) if index < half else node(sibling, climb(leaf, index - half, size - half, rest))
def assign(able, staff):
    """First any feasible assignment, by augmenting paths; then each slot in turn takes the first one that leaves the rest feasible."""
    place, load, fixed = {}, dict.fromkeys(staff, 0), set()
    def put(s, i, seen):
        # Nobody visits an object twice; who has no room gives up another slot, if somebody else can take that
        twin = [t for t in able if t[0] == s[0] and place.get(t) == i]
        free = not twin and load[i] < staff[i]["cap"]
        leaving = twin or ([] if i in seen else [t for t in able if place.get(t) == i])
        seen.add(None if twin else i)
        if not free and not any(t not in fixed and t not in seen and move(t, seen) for t in leaving): return False
        load[i], place[s] = load[i] + free, i
        return True
    def move(s, seen):
        seen.add(s)
        return any(place.get(s) != i and put(s, i, seen) for i in sorted(able[s], key=lambda i: load[i] >= staff[i]["cap"]))
    need(all(move(s, set()) for s in able), "assignment: none is feasible")
    for s in able:
        load[place.pop(s)] -= 1
        next(i for i in able[s] if put(s, i, {s}))
        fixed.add(s)
    return [{"object": s[0], "slot": s[1], "inspector": place[s]} for s in able]
def replay(wanted, now, fits, by_name, ticket, per_object, staff):
    """What came of replacements: the next ticket of the stratum, the next inspector of the object, and nobody twice."""
    need(wanted and all(re.fullmatch("[!-~]+", r[key]) for r in wanted for key in ("ground", "cited")), "replacements: none, or no word")
    met, rows = {name: set(on) for name, on in now.items()}, []
    def first(name, n):
        load = [i for on in now.values() for i in on]
        met[name].add(one := next(i for i in fits(name, n) if i not in met[name] and load.count(i) < staff[i]["cap"]))
        return one
    for r in wanted:
        name, slot, on = r["object"], r["slot"] if r["slot"] is None else abs(r["slot"]), []
        if slot is None:
            del now[name]
            rivals = (o for o, one in by_name.items() if one["stratum"] == by_name[name]["stratum"] and o not in met)
            if come := min(rivals, key=ticket, default=""):
                now[come], met[come] = on, set()
                for n in range(per_object): on.append(first(come, n))
        else: come = now[name][slot] = first(name, slot)
        rows.append({"ground": r["ground"], "cited": r["cited"], "object": name, "slot": slot, "next": come, "inspectors": on[:]})
    return rows, table([n, *list(r.values())[:3], "-" if r["slot"] is None else r["slot"], r["next"], ",".join(r["inspectors"])]
                       for n, r in enumerate(rows, 1))
def from_secret(proof, head, right):  # fills header and proof with what they must say
    secret, pool, staff = bytes.fromhex(proof["secret"]), proof["pool"], {i["inspector"]: i for i in proof["inspectors"]}
    ratios, bars = {s["stratum"]: (s["p"], s["q"]) for s in proof["strata"]}, [tuple(r.values()) for r in proof["recusals"]]
    ratios_hold = {o["stratum"] for o in pool} <= set(ratios) and all(0 <= p <= q > 0 for p, q in ratios.values())
    need(len(secret) == 32 and pool and ratios_hold, "secret, an empty pool, a stratum without a ratio or a ratio over 1")
    for rows, key in (("pool", "object"), ("strata", "stratum"), ("inspectors", "inspector")):
        need(ascending([row[key] for row in proof[rows]]), f"{rows}: not in byte order, each once")
    need(bars == sorted(bars) and all(ascending(i[k]) for i in staff.values() for k in ("fields", "divisions")), "a list out of order")
    members = {name: [o["object"] for o in pool if o["stratum"] == name] for name in ratios}
    strata = table((name, len(members[name]), *ratios[name]) for name in ratios)
    blind = {o["object"]: hmac(secret, "\n".join([o["object"], o["stratum"], o["field"], o["division"]])) for o in pool}
    people = [("i", i["inspector"], i["office"], ",".join(i["fields"]), ",".join(i["divisions"]), i["cap"]) for i in staff.values()]
    head.update(pool_size=str(len(pool)), pool_root=root_of([leaf(*pair) for pair in blind.items()]).hex(),
                strata_hash=hmac(secret, strata), inspectors_hash=hmac(secret, table(people + [("r", *bar) for bar in bars])),
                commitment=hash_of("xinjian-commit-v1", head["task"], head["attempt"], secret.hex()))
    seed = bytes.fromhex(hash_of("xinjian-draw-v1", proof["announcement_hash"], secret.hex(), proof["entropy"]["digits"]))
    ticket, by_name, per_object = lambda o: sm3(seed + o.encode()), {o["object"]: o for o in pool}, int(head["inspectors_per_object"])
    def fits(name, slot):
        field, division = by_name[name]["field"], by_name[name]["division"]
        able = [i for i, one in staff.items() if field in one["fields"] and division in one["divisions"] and (i, name) not in bars
                and (slot or one["office"] == head["lead_office"])]
        return sorted(able, key=lambda i: sm3(seed + f"{name}/{i}".encode()))
    drawn, counted = [], []
    for name, (p, q) in ratios.items():
        k, rest = divmod(len(members[name]) * p, q)
        k += int.from_bytes(sm3(seed + b"k" + name.encode()), "big") * q < rest << 256
        drawn += sorted((ticket(o).hex(), o, name) for o in members[name])[:k]
        counted.append({"stratum": name, "size": len(members[name]), "p": p, "q": q, "k": k})
    assignment = assign({(name, n): fits(name, n) for _, name, _ in sorted(drawn) for n in range(per_object)}, staff)
    rows = sorted(table([[a["object"], a["slot"], a["inspector"]]]) for a in assignment)
    right.update(secret=secret.hex(), seed=seed.hex(), strata=counted, assignment=assignment,
                 drawn=[{"object": o, "stratum": s, "ticket": t} for t, o, s in sorted(drawn)],
                 assignment_hash=hmac(secret, "".join(rows)), nonce=hmac(secret, "xinjian-result-v1"))
    if "replaced" in proof:
        now = {name: [a["inspector"] for a in assignment if a["object"] == name] for _, name, _ in drawn}
        rows, lines = replay(proof["replaced"]["replacements"], now, fits, by_name, ticket, per_object, staff)
        right["replaced"] = {"replacements": rows, "replacements_hash": hmac(secret, lines)}
    return [name for _, name, _ in sorted(drawn)], strata.splitlines() if head["disclosure"] == "PUBLIC" else []
def verify(proof):  # every value must be the one that follows from the others
    head, entropy, right = dict(line.split(": ", 1) for line in proof["announcement"][:16]), proof["entropy"], dict(proof)
    need(list(head) == HEADER and all(re.fullmatch(FORMS.get(k, "[!-~]+"), v) for k, v in head.items()), "announcement: form")
    need(entropy["round"] in (head["entropy_round"], head["fallback_round"]) and re.fullmatch("[0-9]+", entropy["digits"]), "entropy")
    if proof["form"] == "FULL":
        drawn, strata = from_secret(proof, head, right)
    else:
        need(proof["form"] == "CLOSING" and head["disclosure"] == "RESTRICTED", "a form that the disclosure does not allow")
        drawn, strata, size = [m["object"] for m in proof["members"]], [], int(head["pool_size"])
        roots = {climb(leaf(m["object"], m["blind"]), m["index"], size, m["path"]).hex() for m in proof["members"]}
        need(ascending(drawn) and roots <= {head["pool_root"]}, "members: not in the pool, or not in byte order")
        if "replaced" in proof: right["replaced"] = proof["replaced"] | {"replacements": []}
    announcement = [f"{k}: {v}" for k, v in (head | {"algorithm": "xinjian-draw-v1", "entropy_rule": "digits"}).items()] + strata
    right.update(format="xinjian-draw-proof-v1", announcement=announcement, objects_hash=hash_of(*sorted(drawn), ""),
                 announcement_hash=hash_of(*announcement, ""))
    right["result_hash"] = hash_of(right["nonce"], right["objects_hash"], right["assignment_hash"])
    draw = right["announcement_hash"], entropy["round"], entropy["digits"], right["result_hash"]
    last = right["published_hash"] = hash_of("xinjian-published-v1", *draw)
    if "replaced" in right:
        last = hash_of("xinjian-replaced-v1", last, right["replaced"]["replacements_hash"])
        right["replaced"] |= {"final_hash": last}
    for key, value in right.items(): need(proof[key] == value, f"{key}: is not what follows from the rest")
    return last
refused = sys.setrecursionlimit(100_000)
for file in sys.argv[1:]:
    try: print("sound", verify(json.load(open(file, encoding="utf-8"), object_hook=whole)))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration) as problem:
        refused = print("REFUSED", problem) or 1
sys.exit(refused)
